// All rules over the model, in the order they are explained within their chapter.

import type { Rule } from '../rule.ts';
import * as answers from './answers.ts';
import * as experience from './experience.ts';
import * as facts from './facts.ts';
import * as governance from './governance.ts';
import * as identity from './identity.ts';
import * as life from './life.ts';
import * as names from './names.ts';
import * as policy from './policy.ts';
import * as protection from './protection.ts';
import * as replies from './replies.ts';
import * as schema from './schema.ts';
import * as security from './security.ts';
import * as shapes from './shapes.ts';
import * as soundness from './soundness.ts';
import * as states from './states.ts';
import * as tools from './tools.ts';
import * as values from './values.ts';

const files: readonly Record<string, unknown>[] = [
  identity,
  names,
  schema,
  soundness,
  shapes,
  values,
  answers,
  replies,
  security,
  protection,
  policy,
  governance,
  states,
  facts,
  experience,
  life,
  tools,
];

/** Rules are what these files export with an id. */
export const rules: readonly Rule[] = files.flatMap((file) => Object.values(file).filter(isRule));

function isRule(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null && 'id' in value && 'why' in value;
}
