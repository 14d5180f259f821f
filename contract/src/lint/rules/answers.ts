// What an operation answers and tells: success, problems, events, all declared where they are looked for.

import type { Rule } from '../rule.ts';
import { withOperation } from '../sample.ts';

export const successResponse: Rule = {
  id: 'success-response',
  group: 'answers',
  severity: 'error',
  why: 'Without a declared success nobody knows what to expect, and nothing checks the answer.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      if (
        operation.responses.some(
          ({ status }) => (typeof status === 'number' && status >= 200 && status < 400) || status === '2XX',
        )
      )
        continue;
      report(
        operation.node,
        `${operation.id} declares no success.`,
        "Add below responses:  '200': { description: …, content: … }",
      );
    }
  },
  bad: withOperation({
    responses:
      "{ '404': { description: None., content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } }",
  }),
  good: withOperation({}),
};

export const problemsKnown: Rule = {
  id: 'problems-known',
  group: 'answers',
  severity: 'error',
  of: 'own',
  why: 'A code without an entry reaches the caller without title and advice.',
  contract: (contract, report) => {
    const known = new Set(contract.problems.map((problem) => problem.code));
    for (const operation of contract.operations) {
      for (const code of operation.policy.problems) {
        // Codes without a dot are the edge's own.
        if (known.has(code) || !code.includes('.')) continue;
        report(
          operation.node,
          `${operation.id} may answer ${code}, which problems.yaml does not know.`,
          `Add to problems.yaml:\n  ${code}: { status: 409, title: …, detail: …, advice: …, operatorAdvice: …, next: [], retryable: false }`,
        );
      }
    }
    for (const problem of contract.problems) {
      if (problem.code.startsWith(`${contract.id}.`) && problem.status >= 400 && problem.status < 600) continue;
      report(
        undefined,
        `problems.yaml: ${problem.code} (${problem.status}) must be named ${contract.id}.… and have a status from 400 to 599.`,
        'Rename it or correct its status.',
      );
    }
  },
  bad: withOperation({ 'x-plinth': '{ problems: [things.unheard-of] }' }),
  good: withOperation({ 'x-plinth': '{ problems: [things.gone] }' }),
};

export const emitsKnown: Rule = {
  id: 'emits-known',
  group: 'answers',
  severity: 'error',
  of: 'own',
  why: 'An event nobody declared has no shape, and nobody can listen to it.',
  contract: (contract, report) => {
    const known = new Set(contract.events.map((event) => event.type));
    for (const operation of contract.operations) {
      for (const { event } of operation.policy.emits) {
        if (known.has(event)) continue;
        report(
          operation.node,
          `${operation.id} emits ${event}, which events.yaml does not know.`,
          `Add to events.yaml:\n  ${event}: { when: …, data: { $ref: './contract.yaml#/components/schemas/…' } }`,
        );
      }
    }
  },
  bad: withOperation({ 'x-plinth': '{ effect: write, emits: [thing.broken] }' }, undefined, 'post'),
  good: withOperation({ 'x-plinth': '{ effect: write, emits: [thing.made] }' }, undefined, 'post'),
};
