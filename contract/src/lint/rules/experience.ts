// What people and the assistant read: phrases, questions, words of values, advice.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation } from '../../model/contract.ts';
import { answerSchemas, plinthOf, propertiesOf, reach } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { bodyOf, withOperation } from '../sample.ts';

const five = '[one thing please, make me something, I need a thing, get me one, a new thing]';

function isFor(operation: Operation, ...who: string[]): boolean {
  return operation.policy.audience.some((audience) => who.includes(audience));
}

export const skillNegatives: Rule = {
  id: 'skill-negatives',
  group: 'experience',
  severity: 'info',
  of: 'own',
  why: 'A sentence that means something else teaches the assistant more than one that fits.',
  operation: (operation, _contract, report) => {
    const { skill, effect } = operation.policy;
    if (effect === 'read' || (skill?.phrases ?? []).length === 0 || (skill?.negatives ?? []).length > 0) return;
    report(
      operation.node,
      `${operation.id} names no sentence that is not meant.`,
      'Add  negatives: [what sounds alike and is something else]',
    );
  },
  bad: withOperation({ 'x-plinth': `{ effect: write, skill: { phrases: ${five} } }` }, undefined, 'post'),
  good: withOperation(
    { 'x-plinth': `{ effect: write, skill: { phrases: ${five}, negatives: [show my things] } }` },
    undefined,
    'post',
  ),
};

export const skillDistinct: Rule = {
  id: 'skill-distinct',
  group: 'experience',
  severity: 'warn',
  of: 'own',
  why: 'Two operations that are asked for in the same words leave the assistant to guess.',
  contract: (contract, report) => {
    const spoken = contract.operations.flatMap((operation) =>
      (operation.policy.skill?.phrases ?? []).map((phrase) => ({ operation, phrase, words: wordsOf(phrase) })),
    );
    const first = new Map<string, (typeof spoken)[number]>();
    for (const one of spoken) {
      const key = [...one.words].toSorted().join(' ');
      const other = first.get(key);
      if (other === undefined) first.set(key, one);
      else if (other.operation !== one.operation)
        report(
          one.operation.node,
          `"${one.phrase}" may mean ${one.operation.id} or ${other.operation.id} ("${other.phrase}").`,
          'Keep it at one of them, and give it to the other as a negative.',
        );
    }
  },
  bad: two('[show the things]', '[show things]'),
  good: two('[show the things]', '[make a thing]'),
};

const small = new Set('a an the my me i to of for please is are do does can you your on in at it'.split(' '));

/** Words of a phrase that carry meaning. */
function wordsOf(phrase: string): Set<string> {
  const words = phrase
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}{}]+/gu, ' ')
    .trim()
    .split(' ');
  const said = words.filter((word) => !small.has(word));
  return new Set(said.length > 0 ? said : words);
}

function two(first: string, second: string): string {
  return `paths:\n  /things: { get: ${spoken('listThings', first)} }\n  /others: { get: ${spoken('listOthers', second)} }`;
}

function spoken(id: string, phrases: string): string {
  return `{ operationId: ${id}, summary: Things, security: [{ oidc: [things.read] }], x-plinth: { skill: { phrases: ${phrases} } }, responses: { '200': { description: It. } } }`;
}

export const slotAskable: Rule = {
  id: 'slot-askable',
  group: 'experience',
  severity: 'warn',
  of: 'own',
  why: 'The assistant asks for what is missing by its title or description; a bare name is no question.',
  operation: (operation, contract, report) => {
    const { skill } = operation.policy;
    if ((skill?.phrases ?? []).length === 0 || !isFor(operation, 'customer')) return;
    for (const { name, schema, description } of required(contract, operation)) {
      const node = follow(contract.document, schema);
      const words = [schema, node].some(
        (part) => isObject(part) && (part['title'] !== undefined || part['description'] !== undefined),
      );
      const known =
        words ||
        description !== '' ||
        [schema, node].some((part) => isObject(part) && plinthOf(part)['fill'] !== undefined);
      if (known || Object.hasOwn(skill?.ask ?? {}, name) || Object.hasOwn(skill?.from ?? {}, name)) continue;
      report(
        isObject(schema) ? schema : operation.node,
        `${operation.id} needs ${name}, and there are no words to ask for it.`,
        `Add  title: …  to ${name}.`,
      );
    }
  },
  bad: speaking('{ type: object, required: [size], properties: { size: { type: integer } } }'),
  good: speaking('{ type: object, required: [size], properties: { size: { type: integer, title: Size } } }'),
};

function required(
  contract: Contract,
  operation: Operation,
): { name: string; schema: JsonValue; description: string }[] {
  const params = operation.params
    .filter((param) => param.required && param.in !== 'header')
    .map((param) => ({ name: param.name, schema: param.schema as JsonValue, description: param.description }));
  const body = (operation.body?.media ?? []).slice(0, 1).flatMap((media) => {
    const schema = follow(contract.document, media.schema);
    if (!isObject(schema) || !Array.isArray(schema['required'])) return [];
    const names = schema['required'];
    return propertiesOf(schema)
      .filter(([name, property]) => names.includes(name) && property['readOnly'] !== true)
      .map(([name, property]) => ({ name, schema: property as JsonValue, description: '' }));
  });
  return [...params, ...body];
}

function speaking(body: string): string {
  return withOperation(
    { 'x-plinth': `{ effect: write, audience: [customer], skill: { phrases: ${five} } }`, requestBody: bodyOf(body) },
    undefined,
    'post',
  );
}

export const enumLabels: Rule = {
  id: 'enum-labels',
  group: 'experience',
  severity: 'warn',
  of: 'own',
  why: "Codes like `NOT_SHIPPED` stand on pages and in the assistant's answers as they are.",
  contract: (contract, report) => {
    const shown = contract.operations.filter((operation) => isFor(operation, 'customer'));
    const roots = shown.flatMap((operation) => [
      ...answerSchemas(operation),
      ...operation.params.map((param) => param.schema as JsonValue),
      ...(operation.body?.media ?? []).flatMap((media) =>
        media.schema === undefined ? [] : [media.schema as JsonValue],
      ),
    ]);
    for (const schema of reach(contract, roots)) {
      const bare = unlabelled(schema);
      if (bare.length > 0)
        report(
          schema,
          `${bare.slice(0, 3).join(', ')} ${bare.length === 1 ? 'is no word' : 'are no words'} for people.`,
          `Add  x-plinth: { labels: { ${bare[0]}: { en: … } } }`,
        );
    }
  },
  bad: withOperation(
    { 'x-plinth': '{ audience: [customer] }' },
    'Thing: { type: string, enum: [NOT_SHIPPED, shipped] }',
  ),
  good: withOperation({ 'x-plinth': '{ audience: [customer] }' }, 'Thing: { type: string, enum: [waiting, shipped] }'),
};

/** Values that are no plain words and have no label. Codes of currencies, countries and languages are their own words. */
function unlabelled(schema: JsonObject): string[] {
  const values = schema['enum'];
  if (!Array.isArray(values) || schema['format'] === 'currency') return [];
  const labels = plinthOf(schema)['labels'];
  return values.filter(
    (value): value is string =>
      typeof value === 'string' &&
      !/^[A-Za-z]?[a-z]*$|^[A-Z]{2,3}$|^[a-z]+([ -][a-z]+)*$/.test(value) &&
      !(isObject(labels) && labels[value] !== undefined),
  );
}

export const problemAdvice: Rule = {
  id: 'problem-advice',
  group: 'experience',
  severity: 'warn',
  of: 'own',
  why: 'A refusal without advice leaves the customer standing.',
  contract: (contract, report) => {
    for (const { code, title, advice } of contract.problems) {
      if (title === '' || advice === '')
        report(
          undefined,
          `problems.yaml: ${code} has no ${title === '' ? 'title' : 'advice'}.`,
          'Say in one sentence what the caller can do now.',
        );
    }
  },
  bad: withOperation({}),
  good: withOperation({}),
  companions: {
    bad: 'problems:\n  things.gone: { status: 409, title: Gone, next: [], retryable: false }\n',
    good: 'problems:\n  things.gone: { status: 409, title: Gone, advice: Choose another., next: [], retryable: false }\n',
  },
};

export const problemNext: Rule = {
  id: 'problem-next',
  group: 'experience',
  severity: 'info',
  of: 'own',
  why: 'Pages and the assistant offer the next step only when they know one.',
  contract: (contract, report) => {
    for (const { code, next, retryable } of contract.problems)
      if (next.length === 0 && !retryable)
        report(undefined, `problems.yaml: ${code} names no next operation.`, 'Add  next: [operationId].');
  },
  bad: withOperation({}),
  good: withOperation({}),
  companions: {
    bad: 'problems:\n  things.gone: { status: 409, title: Gone, advice: Choose another., next: [], retryable: false }\n',
    good: 'problems:\n  things.gone: { status: 409, title: Gone, advice: Choose another., next: [getThings], retryable: false }\n',
  },
};

export const problemTranslated: Rule = {
  id: 'problem-translated',
  group: 'experience',
  severity: 'error',
  of: 'own',
  why: 'A translation that lacks a text or names other values tells its readers less than the English one, or shows them a placeholder.',
  contract: (contract, report) => {
    for (const { code, translations, ...english } of contract.problems)
      for (const [language, texts] of Object.entries(translations ?? {}))
        for (const part of ['detail', 'advice'] as const) {
          const wanted = placeholdersOf(english[part]);
          const isComplete = (texts[part] === '') === (english[part] === '');
          if (isComplete && placeholdersOf(texts[part]) === wanted) continue;
          report(
            undefined,
            `problems.yaml: ${code} does not say in ${language} what its English ${part} says.`,
            `Write translations.${language}.${part} with ${wanted === '' ? 'no placeholders' : `the placeholders ${wanted}`}.`,
          );
        }
  },
  bad: withOperation({}),
  good: withOperation({}),
  companions: {
    bad: "problems:\n  things.gone: { status: 409, title: Gone, detail: '{name} is gone.', advice: Choose another., translations: { de: { detail: '{thing} ist weg.', advice: Wählen Sie etwas anderes. } } }\n",
    good: "problems:\n  things.gone: { status: 409, title: Gone, detail: '{name} is gone.', advice: Choose another., translations: { de: { detail: '{name} ist weg.', advice: Wählen Sie etwas anderes. } } }\n",
  },
};

/** Each once, in the order of the alphabet. */
function placeholdersOf(text: string): string {
  return [...new Set(text.match(/\{\w+\}/g))].toSorted().join(', ');
}

export const localeComplete: Rule = {
  id: 'locale-complete',
  group: 'experience',
  severity: 'info',
  why: 'A value with a label in one language and not in the next shows two languages on one page.',
  schema: (schema, _contract, report) => {
    const { labels } = plinthOf(schema);
    if (!isObject(labels)) return;
    const locales = new Set(Object.values(labels).flatMap((words) => (isObject(words) ? Object.keys(words) : [])));
    for (const [value, words] of Object.entries(labels)) {
      const missing = [...locales].filter((locale) => !isObject(words) || words[locale] === undefined);
      if (missing.length > 0)
        report(
          schema,
          `The label of ${value} is missing in ${missing.join(', ')}.`,
          `Add  ${value}: { ${missing[0]}: … }`,
        );
    }
  },
  bad: labelled('{ on: { en: On, de: An }, off: { en: Off } }'),
  good: labelled('{ on: { en: On, de: An }, off: { en: Off, de: Aus } }'),
};

function labelled(labels: string): string {
  return withOperation({}, `Thing: { type: string, enum: [on, off], x-plinth: { labels: ${labels} } }`);
}

const technical =
  /\b(endpoint|payload|boolean|null|JSON|XML|DTO|CRUD|entity|uuid|backend|array|string|GET|POST|PUT|PATCH|DELETE)\b/;

export const plainWords: Rule = {
  id: 'plain-words',
  group: 'experience',
  severity: 'info',
  of: 'own',
  why: 'The summary is the name of the operation on pages and in chat; customers do not know payloads.',
  operation: (operation, _contract, report) => {
    if (!isFor(operation, 'customer')) return;
    const word = technical.exec(operation.summary)?.[0];
    if (word !== undefined)
      report(
        operation.node,
        `${operation.id}: "${word}" is no word for customers.`,
        'Say what they get: See my things.',
      );
  },
  bad: withOperation({ summary: 'Return the payload', 'x-plinth': '{ audience: [customer] }' }),
  good: withOperation({ summary: 'See my things', 'x-plinth': '{ audience: [customer] }' }),
};
