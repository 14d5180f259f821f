import type { ReactNode } from 'react';
import type { ContractOperation } from '../contracts/catalogue.ts';
import { type Document, properties, resolve, type Schema } from '../contracts/schema.ts';
import type { Description } from '../data/description-list.tsx';
import type { Choice } from '../primitives/inputs.tsx';
import { Value } from '../product/result-view.tsx';
import { labelFor } from './check.ts';
import { join } from './pointer.ts';

interface ReadBackParts {
  schema: Schema;
  values: unknown;
  document: Document;
  choices: Readonly<Record<string, readonly Choice[]>>;
  pointer?: string;
}

/** Every answer of a form with its label, as the person chose it: shown before something happens. */
export function readBack({ schema, values, document, choices, pointer = '' }: ReadBackParts): Description[] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([name, value]) => {
    const member = resolve(properties(schema)[name], document);
    const at = join(pointer, name);
    // The body is how a request travels: its members are answers like the others.
    if (at === '/body') return readBack({ schema: member, values: value, document, choices, pointer: at });
    const chosen = choices[at]?.find((choice) => choice.value === value)?.label;
    const shown: ReactNode = chosen ?? <Value value={value} schema={member} document={document} />;
    return [{ term: labelFor(member, name), value: shown }];
  });
}

/** What a destructive operation does to whom, with the chosen thing's name where it is known: `Cancel an order`. */
export function actName(operation: ContractOperation, values: unknown, choices: ReadBackParts['choices']): string {
  const target = operation.params.find((param) => param.in === 'path');
  const id = target && (values as Record<string, unknown> | null)?.[target.name];
  const label = target && choices[`/${target.name}`]?.find((choice) => choice.value === id)?.label;
  return label === undefined ? operation.title : `${operation.title.replace(/\b(an?|my|the)\b /i, '')} ${label}`;
}
