// How paths, tags and the document itself are named.

import { isObject } from '../../load/pointer.ts';
import { casings, inCasing } from '../casing.ts';
import type { Edit } from '../edit.ts';
import type { Rule } from '../rule.ts';
import { foreignDocument, withOperation } from '../sample.ts';

/** Fixed parts of a path, without variables. */
function wordsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && !part.includes('{'));
}

export const pathCasing: Rule = {
  id: 'path-casing',
  group: 'identity',
  severity: 'warn',
  options: { casing: { is: 'kebab-case', of: Object.keys(casings), what: 'how words of a path are written' } },
  why: 'Paths are case-sensitive; with one way to write them nobody guesses wrong.',
  operation: (operation, _contract, report, settings) => {
    const casing = String(settings['casing']);
    const odd = wordsOf(operation.path).find((word) => {
      // A number may begin a part: `/3ds`, `/2fa-codes`.
      const rest = word.replace(/^\d+[-_]?/, '');
      return rest !== '' && !casings[casing]?.test(rest);
    });
    if (odd === undefined) return;
    report(operation.node, `${operation.path}: "${odd}" is not in ${casing}.`, `Write  ${inCasing(odd, casing)}.`);
  },
  bad: withOperation({}).replace('/things:', '/myThings:'),
  good: withOperation({}).replace('/things:', '/my-things:'),
};

const plural = /s$|(?:people|children|men|data|media|news|stock|feedback|history|status)$/;

export const pathPlural: Rule = {
  id: 'path-plural',
  group: 'identity',
  severity: 'info',
  why: 'A collection named in the plural tells that one of its members follows.',
  operation: (operation, _contract, report) => {
    const collection = /\/([^/{}]+)\/\{[^/]+\}/.exec(operation.path)?.[1];
    if (collection === undefined || plural.test(collection)) return;
    report(operation.node, `${operation.path}: "${collection}" holds many and is singular.`, `Write  ${collection}s.`);
  },
  bad: idPath('/thing/{thingId}'),
  good: idPath('/things/{thingId}'),
};

function idPath(path: string): string {
  return `paths:
  ${path}:
    parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]
    get: { operationId: getThing, security: [{ oidc: [things.read] }], responses: { '200': { description: It. } } }`;
}

const verbs = new Set(
  'get list fetch read create add make new update edit change set delete remove do execute run process handle'.split(
    ' ',
  ),
);

export const verbInPath: Rule = {
  id: 'verb-in-path',
  group: 'identity',
  severity: 'info',
  why: 'The method is the verb; a path names the thing, so that its links and its rights stay the same for every method.',
  operation: (operation, _contract, report) => {
    const word = wordsOf(operation.path).find((part) =>
      verbs.has(part.split(/[-_.]|(?=[A-Z])/)[0]?.toLowerCase() ?? ''),
    );
    if (word === undefined) return;
    report(
      operation.node,
      `${operation.path}: "${word}" begins with a verb.`,
      'Name the thing: POST /orders, not /create-order.',
    );
  },
  bad: withOperation({}).replace('/things:', '/get-things:'),
  good: withOperation({}),
};

export const tagDeclared: Rule = {
  id: 'tag-declared',
  group: 'identity',
  severity: 'warn',
  why: 'A tag without an entry has no description and no place in the order of pages.',
  contract: (contract, report) => {
    const declared = new Set(contract.tags.map((tag) => tag.name));
    for (const operation of contract.operations) {
      for (const tag of operation.tags) {
        if (declared.has(tag)) continue;
        declared.add(tag);
        const { tags } = contract.document;
        const entry = { name: tag };
        const edits: Edit[] = Array.isArray(tags)
          ? [{ list: tags, add: entry }]
          : [{ map: contract.document, set: 'tags', value: [entry] }];
        report(
          operation.node,
          `The tag ${tag} is not declared.`,
          `Add below tags:  - { name: ${tag}, description: … }`,
          edits,
        );
      }
    }
  },
  bad: withOperation({ tags: '[Things]' }),
  good: `${withOperation({ tags: '[Things]' })}\ntags: [{ name: Things, description: All about things. }]`,
};

export const infoComplete: Rule = {
  id: 'info-complete',
  group: 'identity',
  severity: 'warn',
  why: 'Whoever finds the contract first reads its title and what it is for.',
  contract: (contract, report) => {
    const { info } = contract.document;
    const written = isObject(info) ? info : {};
    for (const key of ['title', 'version', 'description']) {
      if (written[key] === undefined || written[key] === '')
        report(isObject(info) ? info : undefined, `info has no ${key}.`, `Add below info:  ${key}: …`);
    }
  },
  bad: foreignDocument('paths: {}'),
  good: 'openapi: 3.1.0\ninfo: { title: Things, version: 1.0.0, description: Things of the house. }\npaths: {}',
};
