// The files that stand beside a capability's contract: events.yaml (facts) and problems.yaml (visible failures).

import type {
  EventType,
  Finding,
  JsonObject,
  JsonValue,
  ProblemTexts,
  ProblemType,
  Schema,
} from '../model/contract.ts';
import type { Bundle } from './bundle.ts';
import type { Origins } from './origin.ts';
import { isObject } from './pointer.ts';

export interface Report {
  origins: Origins;
  findings: Finding[];
}

/** `events: {order.placed: {when, data}}`; `data` may refer to schemas of the contract, by file or plainly by `#/…`. */
export async function readEvents(tree: JsonValue, file: string, bundle: Bundle, to: Report): Promise<EventType[]> {
  const events = member(tree, 'events', file, to);
  if (!events) return [];
  const schemas = Object.values(events).flatMap((event) => (isObject(event) ? [event['data'] ?? true] : []));
  await bundle.localizeCompanion(tree, file, schemas);
  return Object.entries(events).flatMap(([type, value]) => {
    if (!isObject(value))
      return invalid(events, `The event ${type} must say \`when\` it happens and its \`data\`.`, to);
    return [{ type, when: words(value['when']), data: (value['data'] ?? true) as Schema }];
  });
}

/** `problems: {orders.already-shipped: {status, title, advice, …}}`. */
export function readProblems(tree: JsonValue, file: string, to: Report): ProblemType[] {
  const problems = member(tree, 'problems', file, to);
  if (!problems) return [];
  return Object.entries(problems).flatMap(([code, value]) => {
    if (!isObject(value)) return invalid(problems, `The problem ${code} must have a \`status\` and a \`title\`.`, to);
    const status = value['status'];
    if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 599)
      return invalid(value, `The problem ${code} must have a \`status\` from 400 to 599.`, to);
    const next = value['next'];
    return [
      {
        code,
        status,
        title: words(value['title']),
        detail: words(value['detail']),
        advice: words(value['advice']),
        operatorAdvice: words(value['operatorAdvice']),
        next: Array.isArray(next) ? next.filter((id) => typeof id === 'string') : [],
        retryable: value['retryable'] === true,
        ...(value['translations'] === undefined ? {} : { translations: translationsOf(code, value, to) }),
      },
    ];
  });
}

/** `translations: {de: {detail, advice}}`. */
function translationsOf(code: string, problem: JsonObject, to: Report): Record<string, ProblemTexts> {
  const { translations } = problem;
  const refuse = (): [] =>
    invalid(problem, `The problem ${code} must name a language (\`de\`) for each \`detail\` and \`advice\`.`, to);
  const entries = isObject(translations) ? Object.entries(translations) : refuse();
  return Object.fromEntries(
    entries.flatMap(([tag, texts]) => {
      const language = languageOf(tag);
      if (language === undefined || !isObject(texts)) return refuse();
      return [[language, { detail: words(texts['detail']), advice: words(texts['advice']) }]];
    }),
  );
}

/** A language tag in its usual spelling (BCP 47); undefined = it is none. */
function languageOf(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

function member(tree: JsonValue, key: string, file: string, to: Report): JsonObject | undefined {
  const found = isObject(tree) ? tree[key] : undefined;
  if (isObject(found)) return found;
  // A file with nothing but its heading declares nothing, which is fine.
  const empty = tree === null || (isObject(tree) && (found === undefined || found === null));
  if (!empty)
    invalid(isObject(tree) ? tree : {}, `${file} must begin with \`${key}:\` and name its entries below.`, to);
  return undefined;
}

function invalid(node: object, message: string, { origins, findings }: Report): [] {
  findings.push({ ...origins.at(node), rule: 'companion-invalid', severity: 'error', message });
  return [];
}

function words(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
