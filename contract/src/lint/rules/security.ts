// Who may call: declared for every operation of ours, object by object. The first three refuse to run.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, Operation } from '../../model/contract.ts';
import { answerSchema, isListAnswer, listProperty } from '../../model/resources.ts';
import type { Rule } from '../rule.ts';
import { withOperation } from '../sample.ts';

export const securityDeclared: Rule = {
  id: 'security-declared',
  group: 'security',
  severity: 'error',
  refuses: true,
  why: 'An operation that does not say who may call it would be open to everybody.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      if (operation.security !== undefined) continue;
      const scope = `${contract.id}.${operation.policy.effect === 'read' ? 'read' : 'write'}`;
      report(
        operation.node,
        `${operation.id} does not say who may call it.`,
        `Add below  operationId: ${operation.id}\n  security: [{ oidc: [${scope}] }]\nor, if everybody may call it without signing in:\n  security: []`,
      );
    }
  },
  bad: withOperation({ security: undefined }),
  good: withOperation({}),
};

/** Kinds of callers that may only touch their own things. */
const bounded = new Set(['customer', 'agent', 'partner', 'device']);

export const ownerCheck: Rule = {
  id: 'owner-check',
  group: 'security',
  severity: 'error',
  of: 'own',
  refuses: true,
  why: "Whoever knows or guesses an id could read or change another customer's things.",
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      const isPublic = operation.security?.length === 0;
      if (isPublic || !operation.policy.audience.some((audience) => bounded.has(audience))) continue;
      if (operation.policy.ownerCheck.length > 0 || saysNobodys(operation)) continue;
      const variable = /\{([^}]+)\}/.exec(operation.path)?.[1];
      const callers = operation.policy.audience.filter((audience) => bounded.has(audience)).join(', ');
      if (variable !== undefined) {
        report(
          operation.node,
          `${operation.id} takes ${variable} from a ${callers} without checking whose it is.`,
          idFix(operation, variable),
        );
      } else if (listsPersonal(contract, operation)) {
        const object = nounOf(operation.path);
        report(
          operation.node,
          `${operation.id} lists things of customers to a ${callers} without leaving out those of others.`,
          `Add below  operationId: ${operation.id}\n  x-plinth:\n    ownerCheck: { object: ${object}, list: true }`,
        );
      }
    }
  },
  bad: thingById('{ audience: [customer] }'),
  good: thingById(
    '{ audience: [customer], ownerCheck: { object: thing, id: path.thingId, relation: [owner], deny: 404 } }',
  ),
};

function idFix(operation: Operation, variable: string): string {
  return [
    `Add below  operationId: ${operation.id}`,
    '  x-plinth:',
    `    ownerCheck: { object: ${variable.replace(/Id$/, '') || nounOf(operation.path)}, id: path.${variable}, relation: [owner], deny: 404 }`,
    'or, if it belongs to nobody in particular:',
    '  x-plinth:',
    '    ownerCheck: []',
  ].join('\n');
}

/** `ownerCheck: []` is the written word that the thing has no owner. */
function saysNobodys(operation: Operation): boolean {
  const policy = operation.node['x-plinth'];
  return isObject(policy) && Array.isArray(policy['ownerCheck']);
}

/** A list whose members name a customer. */
function listsPersonal(contract: Contract, operation: Operation): boolean {
  if (operation.method !== 'get' || !isListAnswer(contract, operation)) return false;
  const answer = answerSchema(contract, operation);
  const items = answer ? (answer['items'] ?? listProperty(contract, answer)?.items) : undefined;
  const member = follow(contract.document, items);
  return isObject(member) && isObject(member['properties']) && member['properties']['customerId'] !== undefined;
}

function nounOf(path: string): string {
  const last = path.split('/').findLast((segment) => segment !== '' && !segment.startsWith('{')) ?? 'thing';
  return last.replace(/s$/, '');
}

function thingById(policy: string): string {
  return `paths:
  /things/{thingId}:
    get:
      operationId: getThing
      security: [{ oidc: [things.read] }]
      x-plinth: ${policy}
      parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: It. } }`;
}

export const scopeDeclared: Rule = {
  id: 'scope-declared',
  group: 'security',
  severity: 'error',
  of: 'own',
  why: 'A token without scopes may do everything; a scheme that does not exist lets nobody in.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      const pairs = (operation.security ?? []).flatMap((requirement) => Object.entries(requirement));
      for (const [scheme, scopes] of pairs) {
        const fault = schemeFault(contract, scheme, scopes);
        if (fault) report(operation.node, `${operation.id} ${fault.message}`, fault.fix);
      }
    }
  },
  bad: withOperation({ security: '[{ oidc: [] }]' }),
  good: withOperation({}),
};

function schemeFault(
  contract: Contract,
  scheme: string,
  scopes: readonly string[],
): { message: string; fix: string } | undefined {
  if (!contract.securitySchemes.has(scheme)) {
    const message = `names the security scheme ${scheme}, which is not declared.`;
    return { message, fix: `Add ${scheme} to components.securitySchemes.` };
  }
  if (scopes.length === 0) {
    const fix = `Write  - { ${scheme}: [${contract.id}.read] }  or the scope that fits.`;
    return { message: `names no scope for ${scheme}.`, fix };
  }
  const odd = scopes.find((scope) => !/^[a-z][a-z-]*\.[a-z][a-z-]*$/.test(scope));
  if (odd === undefined) return undefined;
  const fix = `Use ${contract.id}.read or ${contract.id}.write.`;
  return { message: `names the scope "${odd}", which is not of the form capability.word.`, fix };
}

export const writeAudience: Rule = {
  id: 'write-audience',
  group: 'security',
  severity: 'error',
  of: 'own',
  why: 'Changes without a declared caller are either open to everybody or, silently, to services only.',
  contract: (contract, report) => {
    const shared = contract.document['x-plinth'];
    const hasShared = isObject(shared) && shared['audience'] !== undefined;
    for (const operation of contract.operations) {
      if (operation.policy.effect === undefined || operation.policy.effect === 'read') continue;
      const own = operation.node['x-plinth'];
      const declared = hasShared || (isObject(own) && own['audience'] !== undefined);
      if (!declared) {
        report(
          operation.node,
          `${operation.id} changes something and does not say for whom.`,
          'Add  x-plinth: { audience: [customer, staff] }  with those who may call it.',
        );
      } else if (operation.security?.length === 0) {
        report(
          operation.node,
          `${operation.id} changes something for anybody, signed in or not.`,
          `Add  security: [{ oidc: [${contract.id}.write] }]`,
        );
      }
    }
  },
  bad: withOperation({ security: '[]' }, undefined, 'post'),
  good: withOperation({ security: '[{ oidc: [things.write] }]' }, undefined, 'post'),
};
