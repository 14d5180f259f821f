// Names and paths: every operation can be called by one name and met by one path.

import { isObject } from '../../load/pointer.ts';
import type { JsonValue, Operation } from '../../model/contract.ts';
import type { Rule } from '../rule.ts';
import { withOperation } from '../sample.ts';

export const operationId: Rule = {
  id: 'operation-id',
  group: 'identity',
  severity: 'error',
  why: 'Handlers, clients, tools and skills know an operation by this name only.',
  contract: (contract, report) => {
    const seen = new Map<string, Operation>();
    for (const operation of contract.operations) {
      const id = operation.node['operationId'];
      const where = `${operation.method.toUpperCase()} ${operation.path}`;
      if (typeof id !== 'string' || id === '') {
        const edits = /^[a-z][A-Za-z0-9]*$/.test(operation.id)
          ? [{ map: operation.node, set: 'operationId', value: operation.id }]
          : undefined;
        // The name it is known by already, made of method and path.
        report(operation.node, `${where} has no operationId.`, `Add  operationId: ${operation.id}`, edits);
      } else if (!/^[a-z][A-Za-z0-9]*$/.test(id)) {
        report(operation.node, `operationId "${id}" is not camelCase.`, 'Begin with a verb in lower case: placeOrder.');
      } else if (seen.has(id)) {
        report(
          operation.node,
          `operationId "${id}" stands twice, also at ${seen.get(id)?.path}.`,
          'Give one another name.',
        );
      } else seen.set(id, operation);
    }
  },
  bad: withOperation({ operationId: 'List-Things' }),
  good: withOperation({}),
};

export const pathAmbiguous: Rule = {
  id: 'path-ambiguous',
  group: 'identity',
  severity: 'error',
  why: 'Two paths that differ only in the name of a variable meet the same requests.',
  contract: (contract, report) => {
    const first = new Map<string, string>();
    for (const operation of contract.operations) {
      const shape = operation.path.replaceAll(/\{[^}]*\}/g, '{}');
      const known = first.get(shape) ?? operation.path;
      first.set(shape, known);
      if (known !== operation.path) {
        report(
          operation.node,
          `${operation.path} and ${known} meet the same requests.`,
          `Use the path ${known} for both.`,
        );
      }
    }
  },
  bad: `paths:
  /things/{thingId}:
    parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]
    get: { operationId: getThing, security: [{ oidc: [things.read] }], responses: { '200': { description: It. } } }
  /things/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    put: { operationId: putThing, security: [{ oidc: [things.write] }], x-plinth: { effect: write }, responses: { '200': { description: It. } } }`,
  good: `paths:
  /things/{thingId}:
    parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]
    get: { operationId: getThing, security: [{ oidc: [things.read] }], responses: { '200': { description: It. } } }
    put: { operationId: putThing, security: [{ oidc: [things.write] }], x-plinth: { effect: write }, responses: { '200': { description: It. } } }`,
};

export const pathParamDeclared: Rule = {
  id: 'path-param-declared',
  group: 'identity',
  severity: 'error',
  why: 'A variable of the path without a parameter is never checked and never reaches the handler.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      const variables = new Set([...operation.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? ''));
      const declared = new Set(operation.params.filter((param) => param.in === 'path').map((param) => param.name));
      for (const name of variables) {
        if (declared.has(name)) continue;
        const fix = `Add below parameters:  - { name: ${name}, in: path, required: true, schema: { type: string } }`;
        report(operation.node, `${operation.id}: {${name}} of the path is not declared.`, fix);
      }
      for (const name of declared) {
        if (variables.has(name)) continue;
        report(
          operation.node,
          `${operation.id}: parameter ${name} is not in the path ${operation.path}.`,
          'Remove it, or add it to the path.',
        );
      }
    }
  },
  bad: `paths:
  /things/{thingId}:
    get: { operationId: getThing, security: [{ oidc: [things.read] }], responses: { '200': { description: It. } } }`,
  good: `paths:
  /things/{thingId}:
    parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]
    get: { operationId: getThing, security: [{ oidc: [things.read] }], responses: { '200': { description: It. } } }`,
};

export const unusedComponent: Rule = {
  id: 'unused-component',
  group: 'identity',
  severity: 'warn',
  why: 'A shape nobody refers to is kept up for nothing, or is misspelt where it should be used.',
  contract: (contract, report) => {
    const used = new Set<string>();
    const seen = new WeakSet<object>();
    const queue: { node: JsonValue; inside: string }[] = [{ node: contract.document, inside: '' }];
    for (const event of contract.events) queue.push({ node: event.data, inside: '' });
    for (const [name, schema] of contract.schemas) queue.push({ node: schema, inside: name });
    // Component schemas are visited under their own name, so that a shape only it itself mentions counts as unused.
    const { components } = contract.document;
    if (isObject(components) && isObject(components['schemas'])) seen.add(components['schemas']);
    for (let next = queue.pop(); next; next = queue.pop()) {
      const { node, inside } = next;
      if (typeof node !== 'object' || node === null || seen.has(node)) continue;
      seen.add(node);
      if (isObject(node) && typeof node['$ref'] === 'string') {
        const name = /^#\/components\/schemas\/([^/]+)/.exec(node['$ref'])?.[1] ?? '';
        if (name !== inside) used.add(decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'));
      }
      for (const child of Object.values(node)) queue.push({ node: child, inside });
    }
    for (const [name, schema] of contract.schemas) {
      if (used.has(name)) continue;
      report(
        typeof schema === 'object' ? schema : undefined,
        `Nothing refers to the schema ${name}.`,
        'Remove it, or refer to it.',
      );
    }
  },
  bad: withOperation({}, 'Thing: { type: object, properties: { id: { type: string } } }, Other: { type: string }'),
  good: withOperation({}, 'Thing: { type: object, properties: { id: { type: string } } }'),
};
