// How callers prove themselves, and that nothing secret travels where it is seen.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject } from '../../model/contract.ts';
import { holdsSensitive } from '../../schema/view.ts';
import { answerSchemas, plinthOf, propertiesOf, reach, schemasOf, typesOf } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { foreignDocument, withOperation, withThing } from '../sample.ts';

export const securitySchemeKnown: Rule = {
  id: 'security-scheme-known',
  group: 'security',
  severity: 'error',
  why: 'A scheme that is not declared lets nobody in.',
  operation: (operation, contract, report) => {
    for (const scheme of (operation.security ?? []).flatMap((entry) => Object.keys(entry))) {
      if (contract.securitySchemes.has(scheme)) continue;
      report(
        operation.node,
        `${operation.id} names the security scheme ${scheme}, which is not declared.`,
        `Add ${scheme} to components.securitySchemes.`,
      );
    }
  },
  bad: withOperation({ security: '[{ oicd: [things.read] }]' }),
  good: withOperation({}),
};

export const scopeGranular: Rule = {
  id: 'scope-granular',
  group: 'security',
  severity: 'info',
  why: 'One scope for everything gives whoever may look the right to change.',
  contract: (contract, report) => {
    const scopes = (write: boolean): Set<string> =>
      new Set(
        contract.operations
          .filter(({ policy }) => (policy.effect !== 'read') === write)
          .flatMap(({ security }) => (security ?? []).flatMap((entry) => Object.values(entry).flat())),
      );
    const [reading, writing] = [scopes(false), scopes(true)];
    for (const scope of writing) {
      if (!reading.has(scope) || /write|manage|admin/i.test(scope)) continue;
      report(
        undefined,
        `The scope ${scope} is enough to read and to change.`,
        'Use one scope to read and one to write.',
      );
    }
  },
  bad: withOperation({}, undefined, 'post').replace(
    '\ncomponents',
    '\n    get: { operationId: getThings, security: [{ oidc: [things.read] }], responses: { "200": { description: It. } } }\ncomponents',
  ),
  good: withOperation({ security: '[{ oidc: [things.write] }]' }, undefined, 'post').replace(
    '\ncomponents',
    '\n    get: { operationId: getThings, security: [{ oidc: [things.read] }], responses: { "200": { description: It. } } }\ncomponents',
  ),
};

export const httpsOnly: Rule = {
  id: 'https-only',
  group: 'security',
  severity: 'warn',
  why: 'Over plain HTTP everybody on the way reads tokens and data.',
  contract: (contract, report) => {
    const { servers } = contract.document;
    for (const server of Array.isArray(servers) ? servers : []) {
      const url = isObject(server) ? server['url'] : undefined;
      if (
        typeof url !== 'string' ||
        !/^http:\/\//i.test(url) ||
        /^http:\/\/(localhost|127\.|\[::1\]|host\.)/i.test(url)
      )
        continue;
      report(isObject(server) ? server : undefined, `The server ${url} is reached without encryption.`, 'Use https.');
    }
  },
  bad: foreignDocument("servers: [{ url: 'http://things.example' }]\npaths: {}"),
  good: foreignDocument("servers: [{ url: 'https://things.example' }]\npaths: {}"),
};

/** Names of values that must not be seen. */
export const secretName =
  /(?:^|[_-]|[a-z](?=[A-Z]))(?:password|passwd|secret|access_?token|api_?key|auth_?token|pin|cvv|cvc)$/i;

export const secretInUrl: Rule = {
  id: 'secret-in-url',
  group: 'security',
  severity: 'error',
  why: 'Addresses stand in logs, histories and referrers; a secret in one is known to all who read them.',
  operation: (operation, _contract, report) => {
    for (const param of operation.params) {
      if (param.in !== 'path' && param.in !== 'query') continue;
      const marked = param.policy['sensitivity'] === 'secret' || plinthOf(param.schema)['sensitivity'] === 'secret';
      if (marked || secretName.test(param.name))
        report(
          operation.node,
          `${operation.id} takes ${param.name} in its address.`,
          'Take it in the body or in a header.',
        );
    }
  },
  bad: withOperation({ parameters: '[{ name: password, in: query, schema: { type: string } }]' }),
  good: withOperation({ parameters: '[{ name: password, in: header, schema: { type: string } }]' }),
};

export const apiKeyInQuery: Rule = {
  id: 'api-key-in-query',
  group: 'security',
  severity: 'warn',
  why: 'A key in the query is written into every log on the way.',
  contract: (contract, report) => {
    for (const [name, scheme] of contract.securitySchemes)
      if (scheme['type'] === 'apiKey' && scheme['in'] === 'query')
        report(scheme, `The scheme ${name} takes its key from the query.`, 'Use  in: header.');
  },
  bad: foreignDocument('paths: {}\ncomponents: { securitySchemes: { key: { type: apiKey, in: query, name: key } } }'),
  good: foreignDocument('paths: {}\ncomponents: { securitySchemes: { key: { type: apiKey, in: header, name: key } } }'),
};

const personal =
  /^(?:(?:first|last|given|family|full|maiden)[_-]?name|e?mail|e-?mail[_-]?address|phone|(?:phone|mobile)[_-]?number|mobile|birth[_-]?(?:day|date)|date[_-]?of[_-]?birth|ssn|iban|tax[_-]?id|passport[_-]?(?:no|number)?|street|address[_-]?line\d?|postal[_-]?code|zip[_-]?code)$/i;

const markIt = 'Add  x-plinth: { sensitivity: pii }';

export const piiMarked: Rule = {
  id: 'pii-marked',
  group: 'security',
  severity: 'warn',
  of: 'own',
  why: 'What is not marked personal stands readable in logs, traces and errors.',
  contract: (contract, report) => {
    for (const schema of schemasOf(contract)) {
      if (plinthOf(schema)['sensitivity'] !== undefined) continue;
      for (const [name, written] of propertiesOf(schema)) {
        const property = follow(contract.document, written);
        if (!isObject(property) || !isPersonal(name, property)) continue;
        if (plinthOf(property)['sensitivity'] !== undefined || plinthOf(written)['sensitivity'] !== undefined) continue;
        report(written, `${name} looks personal and is not marked.`, markIt);
      }
    }
  },
  operation: ({ id, params, responses, node }, { document }, report) => {
    const finds = responses.some(({ media }) => media.some(({ schema }) => holdsSensitive(schema ?? true, document)));
    for (const { in: where, name, schema: written, policy } of params) {
      // Of paths another rule speaks. What finds people by words takes their names.
      const schema = follow(document, written);
      if (where === 'path' || policy['sensitivity'] !== undefined || !isObject(schema)) continue;
      if (plinthOf(schema)['sensitivity'] !== undefined) continue;
      if (isPersonal(name, schema) || (finds && /^(?:q|query|search)$/i.test(name)))
        report(node, `${id} takes ${name}, which looks personal and is not marked.`, markIt);
    }
  },
  bad: withOperation({}, 'Thing: { type: object, properties: { email: { type: string, format: email } } }'),
  good: withOperation(
    {},
    'Thing: { type: object, properties: { email: { type: string, format: email, x-plinth: { sensitivity: pii } } } }',
  ),
};

/** By its name or format it says something about a person. */
export function isPersonal(name: string, property: Parameters<typeof typesOf>[0]): boolean {
  if (property['format'] === 'email' || property['format'] === 'idn-email') return true;
  return typesOf(property).includes('string') && property['enum'] === undefined && personal.test(name);
}

export const piiInPath: Rule = {
  id: 'pii-in-path',
  group: 'security',
  severity: 'warn',
  why: 'Paths stand in logs and in the history of browsers.',
  operation: (operation, _contract, report) => {
    for (const param of operation.params) {
      if (param.in !== 'path') continue;
      const marked = param.policy['sensitivity'] === 'pii' || plinthOf(param.schema)['sensitivity'] === 'pii';
      if (marked || personal.test(param.name))
        report(
          operation.node,
          `${operation.id} takes ${param.name} in its path.`,
          'Use an id that says nothing about the person.',
        );
    }
  },
  bad: withThing({}).replaceAll('thingId', 'email'),
  good: withThing({}),
};

export const secretReturned: Rule = {
  id: 'secret-returned',
  group: 'security',
  severity: 'error',
  of: 'own',
  why: 'A secret that can be read again is read by the wrong person once.',
  operation: (operation, contract, report) => {
    for (const schema of secretsIn(contract, operation)) {
      // `reveal: once` is the word that the answer which makes a secret shows it, and no other does.
      if (operation.policy.effect !== 'read' && plinthOf(schema)['reveal'] === 'once') continue;
      report(
        schema,
        `${operation.id} answers with a secret.`,
        'Leave it out of the answer, or mark it  writeOnly: true;  where it is made,  reveal: once.',
      );
    }
  },
  bad: withOperation(
    {},
    'Thing: { type: object, properties: { key: { type: string, x-plinth: { sensitivity: secret } } } }',
  ),
  good: withOperation(
    {},
    'Thing: { type: object, properties: { key: { type: string, writeOnly: true, x-plinth: { sensitivity: secret } } } }',
  ),
};

function secretsIn(contract: Contract, operation: Contract['operations'][number]): JsonObject[] {
  return [...reach(contract, answerSchemas(operation))].filter(
    (schema) => plinthOf(schema)['sensitivity'] === 'secret' && schema['writeOnly'] !== true,
  );
}
