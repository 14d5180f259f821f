// What loading finds. These rules have no check of their own: `load` reports them while it reads.

import type { RuleEntry } from '../rule.ts';
import { foreignDocument, withOperation } from '../sample.ts';

const operation = 'get: { operationId: getThings, responses: { "200": { description: It. } } }';

/** Rules whose findings come out of `load`, so that severities, ignores and pages cover them too. */
export const loadRules: readonly RuleEntry[] = [
  {
    id: 'syntax',
    group: 'load',
    severity: 'error',
    foreign: 'error',
    why: 'A text that is neither YAML nor JSON is no contract; duplicate keys and merge keys are read differently by every tool.',
    bad: 'openapi: 3.1.0\nopenapi: 3.1.0',
    good: foreignDocument(`paths: { /things: { ${operation} } }`),
  },
  {
    id: 'load-limit',
    group: 'load',
    severity: 'error',
    foreign: 'error',
    why: 'A document that is too large or nests too deep would stop whoever reads it.',
    bad: foreignDocument(`x-deep: ${'['.repeat(300)}${']'.repeat(300)}`),
    good: foreignDocument('x-deep: [[[]]]\npaths: {}'),
  },
  {
    id: 'ref-unresolved',
    group: 'load',
    severity: 'error',
    foreign: 'error',
    why: 'What a reference does not find is checked nowhere.',
    bad: foreignDocument(
      `paths: { /things: { ${operation} } }\ncomponents: { schemas: { A: { $ref: '#/components/schemas/B' } } }`,
    ),
    good: foreignDocument(
      `paths: { /things: { ${operation} } }\ncomponents: { schemas: { A: { $ref: '#/components/schemas/B' }, B: { type: string } } }`,
    ),
  },
  {
    id: 'dialect-unsupported',
    group: 'load',
    severity: 'error',
    foreign: 'error',
    why: 'Without its version nobody knows what the words of a document mean.',
    bad: 'openapi: 9.9.9\ninfo: { title: Things, version: 1.0.0 }\npaths: {}',
    good: foreignDocument('paths: {}'),
  },
  {
    id: 'nullable-in-3.1',
    group: 'load',
    severity: 'warn',
    foreign: 'warn',
    why: 'OpenAPI 3.1 does not know `nullable`: most tools ignore it and then refuse null.',
    bad: withOperation({}, 'Thing: { type: object, properties: { id: { type: string, nullable: true } } }'),
    good: withOperation({}, "Thing: { type: object, properties: { id: { type: [string, 'null'] } } }"),
  },
  {
    id: 'operation-unusable',
    group: 'load',
    severity: 'error',
    foreign: 'error',
    why: 'An operation that cannot be read is neither mocked nor run.',
    bad: foreignDocument('paths: { /things: { get: nothing } }'),
    good: foreignDocument(`paths: { /things: { ${operation} } }`),
  },
  {
    id: 'x-plinth-valid',
    group: 'policy',
    severity: 'error',
    foreign: 'warn',
    why: 'A policy with a wrong value would not be in force.',
    bad: withOperation({ 'x-plinth': '{ timeoutMs: soon }' }),
    good: withOperation({ 'x-plinth': '{ timeoutMs: 5000 }' }),
  },
  {
    id: 'x-unknown-key',
    group: 'policy',
    severity: 'error',
    foreign: 'warn',
    why: 'A key that nobody honours looks like a promise and does nothing.',
    bad: withOperation({ 'x-plinth': '{ timeout: 5000 }' }),
    good: withOperation({ 'x-plinth': '{ timeoutMs: 5000 }' }),
  },
  {
    id: 'companion-invalid',
    group: 'load',
    severity: 'error',
    why: 'An event or problem that cannot be read is missing wherever it is named.',
    bad: foreignDocument('paths: {}'),
    good: foreignDocument('paths: {}'),
    companions: {
      bad: 'problems:\n  things.gone: { status: 200, title: Gone }',
      good: 'problems:\n  things.gone: { status: 409, title: Gone }',
    },
  },
  {
    id: 'spec-structure',
    group: 'load',
    severity: 'error',
    foreign: 'error',
    why: 'A document that is not built as OpenAPI says is read differently by every tool.',
    bad: 'openapi: 3.1.0\ninfo: { version: 1.0.0 }\npaths: {}',
    good: foreignDocument('paths: {}'),
  },
  {
    id: 'overlay-no-match',
    group: 'load',
    severity: 'warn',
    foreign: 'warn',
    why: 'An overlay action that meets nothing was written for another document.',
    bad: 'overlay: 1.1.0\ninfo: { title: Names, version: 1.0.0 }\nactions: [{ target: \'$.paths["/nothing"]\', remove: true }]',
    good: 'overlay: 1.1.0\ninfo: { title: Names, version: 1.0.0 }\nactions: [{ target: \'$.paths["/things"]\', remove: true }]',
  },
];
