// Deny by default: a contract that leaves open who may call, what changes or whose things they are is not installed.

import {
  compileView,
  type Contract,
  declaredMembers,
  type Finding,
  follow,
  isObject,
  type JsonObject,
  movesMoney,
  type Operation,
  refusals,
  type Response,
  type Schema,
} from '@plinth/contract/serving';
import { isOfKeys } from '../security/schemes.ts';
import { checkCaches } from './cache/refuse-cache.ts';
import type { Binding } from './edge.ts';
import { checkWebhooks } from './refuse-webhooks.ts';
import { jsonOf, placeOfParam } from './shapes.ts';
import { followedBy } from './stages/follow.ts';

/** A contract may not run. Each finding says what to add and where. */
export class ContractRefused extends Error {
  override readonly name = 'ContractRefused';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ message, fix }) => (fix === undefined ? message : `${message} ${fix}`)).join('\n'));
    this.findings = findings;
  }
}

/** Throws ContractRefused when any binding has a finding. Without a store nothing is sent to others or kept of theirs. */
export function refuseUnsafe(bindings: readonly Binding[], hasStore: boolean): void {
  const findings = bindings.flatMap((binding) => [
    ...(binding.principal === undefined ? refusals(binding.contract) : []),
    ...checkOwners(binding),
    ...checkOwnerIds(binding),
    ...(binding.principal === undefined && !binding.contract.foreign ? checkKeys(binding.contract) : []),
    ...checkHandlers(binding),
    ...checkFiles(binding),
    ...checkFollows(binding),
    ...checkCosts(binding),
    ...checkSecrets(binding),
    ...checkCaches(binding),
    ...(hasStore ? checkWebhooks(binding) : []),
  ]);
  if (findings.length > 0) throw new ContractRefused(findings);
}

/** An owner check that nobody can answer would refuse everybody, or worse. */
function checkOwners(binding: Binding): Finding[] {
  const { contract, owners, mock } = binding;
  if (binding.principal !== undefined) return [];
  return contract.operations.flatMap((operation) =>
    operation.policy.ownerCheck
      .filter(
        (check) =>
          check.id !== undefined && owners[check.object] === undefined && mock?.owners[check.object] === undefined,
      )
      .map((check) => ({
        ...contract.at(operation.node),
        rule: 'owner-unresolved',
        severity: 'error' as const,
        message: `${operation.id}: nothing tells who owns a ${check.object}.`,
        fix: `Add owners: { ${check.object}: … } to the manifest of ${contract.id}.`,
      })),
  );
}

/** An id that is nowhere in the call would never be asked about, and everybody pass. */
function checkOwnerIds({ contract }: Binding): Finding[] {
  return contract.operations.flatMap((operation) =>
    operation.policy.ownerCheck
      .filter(({ id }) => id !== undefined && !hasPlace(contract, operation, id))
      .map(({ id, object }) => ({
        ...contract.at(operation.node),
        rule: 'owner-id-nowhere',
        severity: 'error' as const,
        message: `${operation.id} checks whose ${object} it is by ${id}, and takes no such thing.`,
        fix: 'Use path.name, query.name or header.name of a declared parameter, or body#/pointer of the body.',
      })),
  );
}

function hasPlace({ document }: Contract, { params, body }: Operation, place: string): boolean {
  if (!place.startsWith('body#')) return params.some((param) => placeOfParam(param) === place);
  const [, ...tokens] = place.split('/');
  return body?.media.some(({ schema }) => isDescribed(schema, tokens, document)) === true;
}

/** Not where a schema leaves open what may stand there: that may be an id. */
function isDescribed(schema: Schema | undefined, [token, ...rest]: readonly string[], document: JsonObject): boolean {
  if (token === undefined || schema === undefined) return true;
  const { properties, items, open } = declaredMembers(schema, document);
  const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
  const member = properties.get(name) ?? (/^\d+$/.test(name) ? items : undefined);
  return member === undefined ? open : isDescribed(member, rest, document);
}

/** A key is a secret that software keeps and sends: too little to move money with. That takes client credentials. */
function checkKeys(contract: Contract): Finding[] {
  return contract.operations
    .filter(
      (operation) =>
        operation.policy.effect !== 'read' && takesKeys(contract, operation) && movesMoney(contract, operation),
    )
    .map((operation) => ({
      ...contract.at(operation.node),
      rule: 'key-moves-money',
      severity: 'error' as const,
      message: `${operation.id} moves money and may be called with an API key.`,
      fix: 'Take the scheme of keys out of its security; partners call it with client credentials.',
    }));
}

function takesKeys({ securitySchemes }: Contract, { security = [] }: Operation): boolean {
  return security.some((alternative) => Object.keys(alternative).some((name) => isOfKeys(securitySchemes.get(name))));
}

/** Files are kept by the transaction of their request: there must be one, and only one. */
function checkFiles({ contract, handlers }: Binding): Finding[] {
  return contract.operations
    .filter(({ policy }) => policy.files === 'stored')
    .filter(({ id, body, policy }) => {
      const isForm = body?.media.some(({ type }) => type.startsWith('multipart/form-data')) === true;
      const kind = handlers[id]?.kind ?? 'write';
      return !isForm || policy.async !== undefined || policy.effect === 'read' || kind !== 'write';
    })
    .map((operation) => ({
      ...contract.at(operation.node),
      rule: 'files-stored',
      severity: 'error' as const,
      message: `${operation.id} stores files, and has no form, or is no write of one transaction.`,
      fix: 'Give it a body multipart/form-data and a write handler, without async; or take files out.',
    }));
}

/** Whoever waited in vain is told so in the answer, and in none that is kept for others or for later. */
function checkFollows({ contract, handlers }: Binding): Finding[] {
  return contract.operations
    .filter(({ id }) => followedBy(handlers[id]) !== undefined)
    .filter((operation) => {
      const { cache, async: work } = operation.policy;
      return cache !== undefined || work !== undefined || !declaresStale(operation, contract);
    })
    .map((operation) => ({
      ...contract.at(operation.node),
      rule: 'follows-unsaid',
      severity: 'error' as const,
      message: `${operation.id} follows a projection, and its 200 has no boolean stale, or it has cache or async.`,
      fix: 'Give the body of its 200 the property stale: { type: boolean }, without cache and async; or take follows out.',
    }));
}

function declaresStale({ responses }: Operation, { document }: Contract): boolean {
  const schema = jsonOf(responses.find(({ status }) => status === 200)?.media ?? [])?.schema;
  if (schema === undefined) return false;
  const stale = follow(document, declaredMembers(schema, document).properties.get('stale'));
  return isObject(stale) && stale['type'] === 'boolean';
}

/** A secret that is shown once is sealed with the key of its call; who reads a job, and where a callback goes, has none. */
function checkSecrets({ contract }: Binding): Finding[] {
  return contract.operations
    .filter(({ policy, callbacks }) => policy.async !== undefined || callbacks.length > 0)
    .filter((operation) => showsSecretOnce(operation, contract))
    .map((operation) => ({
      ...contract.at(operation.node),
      rule: 'secret-kept-open',
      severity: 'error' as const,
      message: `${operation.id} shows a secret once, and its answer is kept in a job or sent as a callback.`,
      fix: 'Take out async and callbacks, or the secret from the answer.',
    }));
}

/** Of a change: what is kept of its answer holds a secret that no other answer shows. */
export function showsSecretOnce({ policy, responses }: Operation, contract: Contract): boolean {
  return policy.effect !== 'read' && responses.some((each) => shows(each, contract));
}

function shows({ media }: Response, { document }: Contract): boolean {
  const schema = jsonOf(media)?.schema;
  return schema !== undefined && compileView(schema, document, { reveals: true })?.reveals === true;
}

/** A call that counts more than there is would never pass. */
function checkCosts({ contract }: Binding): Finding[] {
  return contract.operations.flatMap((operation) =>
    operation.policy.limits
      .filter(({ cost = 1, quota }) => cost > quota)
      .map(({ name, cost, quota }) => ({
        ...contract.at(operation.node),
        rule: 'limit-cost',
        severity: 'error' as const,
        message: `${operation.id} costs ${cost} of the limit ${name}, which has ${quota}.`,
        fix: 'Lower its cost, or raise the quota.',
      })),
  );
}

/** A handler without operation is a misspelt name: its operation would silently stay with the mock. */
function checkHandlers(binding: Binding): Finding[] {
  const { contract, handlers } = binding;
  const ids = new Set(contract.operations.map((operation) => operation.id));
  return Object.keys(handlers)
    .filter((id) => !ids.has(id))
    .map((id) => ({
      ...contract.at(contract.document),
      rule: 'handler-unknown',
      severity: 'error' as const,
      message: `${contract.id}: there is a handler ${id}, but no operation of that name.`,
      fix: 'Use the operationId of the contract.',
    }));
}
