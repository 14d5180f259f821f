// The life of operations: versions, stages, and how they end.

import { isObject } from '../../load/pointer.ts';
import type { Operation } from '../../model/contract.ts';
import { plinthOf } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { foreignDocument, withOperation } from '../sample.ts';

export const versionSemver: Rule = {
  id: 'version-semver',
  group: 'life',
  severity: 'warn',
  why: 'From three numbers a caller knows whether a new version breaks theirs (semver.org).',
  contract: (contract, report) => {
    if (/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(contract.version)) return;
    const { info } = contract.document;
    report(
      isObject(info) ? info : undefined,
      `The version "${contract.version}" is not major.minor.patch.`,
      'Write  version: 1.0.0.',
    );
  },
  bad: foreignDocument('paths: {}').replace('1.0.0', 'v1'),
  good: foreignDocument('paths: {}'),
};

export const stageDeclared: Rule = {
  id: 'stage-declared',
  group: 'life',
  severity: 'warn',
  of: 'own',
  why: 'Whoever builds on an operation wants to know whether it may still change.',
  contract: (contract, report) => {
    const written = plinthOf(contract.document);
    if (written['stage'] !== undefined) return;
    const bare = contract.operations.filter((operation) => plinthOf(operation.node)['stage'] === undefined);
    if (bare.length === 0) return;
    const map = contract.document['x-plinth'];
    report(
      isObject(map) ? map : undefined,
      `${bare.length} operations do not say how settled they are.`,
      'Add below x-plinth:  stage: stable',
      // `stable` is what holds already.
      isObject(map) ? [{ map, set: 'stage', value: 'stable' }] : undefined,
    );
  },
  bad: withOperation({}),
  good: withOperation({ 'x-plinth': '{ stage: stable }' }),
};

/** `deprecation` of an operation that is on its way out; undefined for one that is not. */
function leaving(operation: Operation): Record<string, unknown> | undefined {
  if (!operation.deprecated && operation.policy.stage !== 'deprecated') return undefined;
  const written = plinthOf(operation.node)['deprecation'];
  return isObject(written) ? written : {};
}

export const deprecatedHasSunset: Rule = {
  id: 'deprecated-has-sunset',
  group: 'life',
  severity: 'error',
  needs: 'deprecation',
  why: 'Nobody moves away from what has no last day.',
  operation: (operation, _contract, report) => {
    const said = leaving(operation);
    if (said !== undefined && said['sunset'] === undefined)
      report(
        operation.node,
        `${operation.id} is deprecated without a last day.`,
        'Add  deprecation: { since: 2026-01-01, sunset: 2026-07-01 }',
      );
  },
  bad: withOperation({ deprecated: 'true' }),
  good: withOperation({
    deprecated: 'true',
    'x-plinth': "{ deprecation: { since: '2026-01-01', sunset: '2026-07-01' } }",
  }),
};

const dayMs = 86_400_000;

export const sunsetGrace: Rule = {
  id: 'sunset-grace',
  group: 'life',
  severity: 'error',
  needs: 'deprecation',
  options: { days: { is: 90, least: 0, what: 'days from `since` to `sunset`' } },
  why: 'A stable operation that ends within a quarter breaks those who plan by quarters.',
  operation: (operation, _contract, report, settings) => {
    const { stage } = operation.policy;
    // Nobody was promised that these stay.
    if (stage === 'draft' || stage === 'preview') return;
    const said = leaving(operation);
    const days = Number(settings['days']);
    const [since, sunset] = [Date.parse(String(said?.['since'])), Date.parse(String(said?.['sunset']))];
    if (Number.isNaN(since) || Number.isNaN(sunset) || sunset - since >= days * dayMs) return;
    report(
      operation.node,
      `${operation.id} ends ${Math.round((sunset - since) / dayMs)} days after it was deprecated.`,
      `Leave at least ${days} days.`,
    );
  },
  bad: withOperation({
    deprecated: 'true',
    'x-plinth': "{ deprecation: { since: '2026-01-01', sunset: '2026-02-01' } }",
  }),
  good: withOperation({
    deprecated: 'true',
    'x-plinth': "{ deprecation: { since: '2026-01-01', sunset: '2026-07-01' } }",
  }),
};

export const successorExists: Rule = {
  id: 'successor-exists',
  group: 'life',
  severity: 'error',
  needs: 'deprecation',
  why: 'A successor that does not exist sends callers nowhere.',
  operation: (operation, contract, report) => {
    const successor = leaving(operation)?.['successor'];
    if (typeof successor !== 'string' || contract.operations.some(({ id }) => id === successor)) return;
    report(
      operation.node,
      `${operation.id} is to be replaced by ${successor}, which is no operation here.`,
      'Name an operationId of this contract.',
    );
  },
  bad: withOperation({
    deprecated: 'true',
    'x-plinth': "{ deprecation: { sunset: '2026-07-01', successor: nothing } }",
  }),
  good: withOperation({
    deprecated: 'true',
    'x-plinth': "{ deprecation: { sunset: '2026-07-01', successor: getThings } }",
  }),
};

export const sinceDeclared: Rule = {
  id: 'since-declared',
  group: 'life',
  severity: 'info',
  needs: 'since',
  why: 'A caller of an older version wants to know what is new.',
  operation: (operation, _contract, report) => {
    if (plinthOf(operation.node)['since'] === undefined)
      report(operation.node, `${operation.id} does not say since which version it is there.`, "Add  since: '1.0'");
  },
  bad: withOperation({}),
  good: withOperation({ 'x-plinth': "{ since: '1.0' }" }),
};
