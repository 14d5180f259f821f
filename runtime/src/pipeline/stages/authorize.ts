// Stage `authorize`: may this principal do this, to this object, for this purpose? Cheapest question first. Objects of
// others answer like missing ones (404), unless the contract declares 403.

import type { OwnerCheck, Requirement } from '@plinth/contract';
import type { Owners } from '../../capability.ts';
import type { Consents, Relations } from '../../context.ts';
import { type Clock, elapsedMs, type Principal } from '../../kernel/index.ts';
import type { Database } from '../../ports/index.ts';
import { keyIssuer } from '../../security/api-key.ts';
import type { Authenticator } from '../../security/authenticator.ts';
import { stopOf, stopS, type EnumerationGuard } from '../../security/enumeration.ts';
import { isOfKeys } from '../../security/schemes.ts';
import { later, proceed, wait, type Answer, type Exchange, type Outcome, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { Phrase } from '../problem-values.ts';

export interface AuthorizeParts {
  database: Database | undefined;
  consents: Consents | undefined;
  /** undefined = nobody may act for another. */
  relations: Relations | undefined;
  clock: Clock;
  authenticator: Authenticator;
  enumeration: EnumerationGuard;
  /** Told once when a principal is stopped; must not block. */
  onStopped: (x: Exchange) => void;
}

/** In place of scopes, where a credential of another kind is wanted. */
const thisKind: Phrase = { en: 'of this kind of credential', de: 'dieser Art von Anmeldung' };

/** Audience and scopes; synchronous. undefined for public operations. */
export function compileAuthorize(operation: CompiledOperation): Step | undefined {
  const { security, policy } = operation.operation;
  if (security === undefined || security.length === 0) return undefined;
  const audiences = new Set<string>(policy.audience);
  const open = operation.binding.principal !== undefined;
  const anonymous = security.some((alternative) => Object.keys(alternative).length === 0);
  const alternatives = security.map((alternative) => readAlternative(operation, alternative));
  return (x) => {
    const { principal } = x;
    if (open || (anonymous && principal.subject === '')) return undefined;
    if (!audiences.has(principal.audience)) {
      return refuse(x, 'audience-not-allowed', {
        values: { audience: principal.audience, allowed: policy.audience },
      });
    }
    x.owner = ownerOf(principal);
    const byKey = principal.issuer === keyIssuer;
    // Of a key every scope is named: what takes client credentials is not for keys, whatever they say they may.
    if (!byKey && principal.scopes.has('*')) return undefined;
    let missing: readonly string[] = [];
    for (const alternative of alternatives) {
      if (alternative.byKey !== byKey) continue;
      if (alternative.scopes.every((scope) => principal.scopes.has(scope))) return undefined;
      missing = alternative.scopes.filter((scope) => !principal.scopes.has(scope));
    }
    const scope = missing.join(' ');
    return refuse(x, 'insufficient-scope', {
      values: { scope: scope || thisKind },
      headers: ['WWW-Authenticate', operation.challenge({ error: 'insufficient_scope', scope })],
    });
  };
}

/**
 * A sign-in of the class and age the operation asks for (RFC 9470). The refusal comes before anything is kept of the call,
 * so the same call with the same Idempotency-Key resumes after the new sign-in. Services have nobody who could sign in.
 */
export function compileStepUp(operation: CompiledOperation, { authenticator }: AuthorizeParts): Step | undefined {
  const { stepUp } = operation.operation.policy;
  if (stepUp === undefined || operation.binding.principal !== undefined) return undefined;
  const { acr, maxAgeS } = stepUp;
  const challenge = operation.challenge({
    error: 'insufficient_user_authentication',
    acr_values: acr,
    max_age: maxAgeS === undefined ? undefined : String(maxAgeS),
  });
  return (x) => {
    const { principal } = x;
    if (principal.audience === 'service') return undefined;
    const isStrong = acr === undefined || principal.acr === acr;
    if (isStrong && (maxAgeS === undefined || authenticator.nowS() - principal.authTime <= maxAgeS)) return undefined;
    return refuse(x, 'step-up-required', { members: { stepUp }, headers: ['WWW-Authenticate', challenge] });
  };
}

/** Consent to the operation's purposes. undefined when it has none. */
export function compileConsent(operation: CompiledOperation, parts: AuthorizeParts): Step | undefined {
  const { purpose } = operation.operation.policy;
  const { consents, database } = parts;
  if (purpose.length === 0 || consents === undefined || database === undefined) return undefined;
  const check = async (x: Exchange, customerId: string): Promise<Answer | undefined> => {
    for (const name of purpose) {
      if (!(await consents.has(database.db, customerId, name)))
        return refuse(x, 'consent-required', { values: { purpose: name }, members: { purpose: name } });
    }
    return undefined;
  };
  return (x) => (x.principal.customerId === undefined ? undefined : wait(x, check(x, x.principal.customerId)));
}

/**
 * Which purposes the customer agreed to whose data the answer holds: the caller, or the one whose object it is. Nobody
 * known = nothing agreed to. undefined when no part of an answer depends on a purpose.
 */
export function compileFieldConsent(
  operation: CompiledOperation,
  { consents, database }: AuthorizeParts,
): Step | undefined {
  const { purposes } = operation.shapes;
  if (purposes.length === 0 || consents === undefined || database === undefined) return undefined;
  const read = async (x: Exchange, customerId: string): Promise<undefined> => {
    const agreed = new Set<string>();
    for (const name of purposes) if (await consents.has(database.db, customerId, name)) agreed.add(name);
    x.agreed = agreed;
  };
  return (x) => {
    const customerId = x.onBehalfOf ?? x.principal.customerId;
    return customerId === undefined ? undefined : wait(x, read(x, customerId));
  };
}

/** Where ids stand: in path, query or header, or in the body. */
type Place = 'head' | 'body';

/** Owner of the objects whose ids stand there. Those of the head are read by themselves, before anything is counted. */
export function compileOwnerCheck(operation: CompiledOperation, parts: AuthorizeParts, where: Place): Step | undefined {
  const checks = operation.operation.policy.ownerCheck
    .filter((check) => placeOf(check) === where)
    .map((check): PlacedCheck => ({ ...check, idsIn: compileIds(operation, check.id as string) }));
  if (checks.length === 0 || operation.binding.principal !== undefined) return undefined;
  const { authenticator, enumeration } = parts;
  const notesOwner = operation.writes || operation.shapes.purposes.length > 0;
  return (x) => {
    const key = ownerOf(x.principal);
    // Staff and services pass by their scope; what they change is noted as done for whom it is.
    if (key === undefined) return notesOwner ? noteOwner(x, checks[0] as PlacedCheck, parts) : undefined;
    const stoppedS = enumeration.stoppedForS(x.principal, authenticator.nowS());
    if (stoppedS !== undefined) return tooMany(x, stoppedS);
    return askOwners(x, { checks, key, parts }, 0);
  };
}

function tooMany(x: Exchange, retryAfterS: number): Answer {
  return refuse(x, 'too-many-failures', { headers: ['Retry-After', String(retryAfterS)] });
}

/** For the audit row, and for what the owner agreed to. An object that is not there is the handler's to refuse. */
function noteOwner(x: Exchange, check: PlacedCheck, { database }: AuthorizeParts): Outcome {
  const resolver = x.operation.binding.owners[check.object];
  const ids = check.idsIn(x);
  if (resolver === undefined || database === undefined || ids.length === 0) return undefined;
  const note = async (): Promise<undefined> => {
    const found = await resolver(ids.slice(0, 1), database.db);
    x.onBehalfOf = found.get(ids[0] as string)?.[0];
  };
  return wait(x, note());
}

/** A check with the ids it asks about. */
interface PlacedCheck extends OwnerCheck {
  idsIn: (x: Exchange) => string[];
}

interface OwnerRun {
  checks: readonly PlacedCheck[];
  /** By which an object is the caller's. */
  key: string;
  parts: AuthorizeParts;
}

/** The checks from `first` on, one after another. Nearly always there is one, so it costs one promise. */
function askOwners(x: Exchange, run: OwnerRun, first: number): Outcome {
  const { checks, parts } = run;
  const { database } = parts;
  for (let index = first; index < checks.length; index++) {
    const check = checks[index] as PlacedCheck;
    const ids = check.idsIn(x);
    if (ids.length === 0) continue;
    const { mock, owners } = x.operation.binding;
    const mocked = mock?.owners[check.object]?.(ids);
    const resolver = owners[check.object];
    const goOn = (found: Owners | undefined): Outcome => {
      const doubt = judge(x, check, run, { ids, mocked, found });
      if (doubt === undefined) return askOwners(x, run, index + 1);
      return mayBeRelated(x, check, parts) ? askRelations(x, { run, index, doubt }) : denied(x, parts, check, doubt);
    };
    if (resolver === undefined || database === undefined) return goOn(undefined);
    const asked = resolver(ids, database.db);
    if (!(asked instanceof Promise)) return goOn(asked);
    asked.then(
      (found) => goOnWith(x, goOn(found)),
      (error: unknown) => proceed(x, x.fail(x, error)),
    );
    return later;
  }
  return undefined;
}

/** After a wait: what waits again goes on by itself. */
function goOnWith(x: Exchange, outcome: Outcome): void {
  if (outcome !== later) proceed(x, outcome);
}

/** An object that is not the caller's own. Without owners there is no such object. */
interface Doubt {
  readonly id: string;
  readonly owners: readonly string[] | undefined;
  /** Whose all the objects of the check are that are not the caller's. */
  readonly others: readonly (readonly string[])[];
}

/** Capability and mock may both know things of one kind (a handler took over from the mock): either may answer. */
function judge(
  x: Exchange,
  check: OwnerCheck,
  { key }: OwnerRun,
  known: { ids: readonly string[]; mocked: Owners | undefined; found: Owners | undefined },
): Doubt | undefined {
  const others: (readonly string[])[] = [];
  let first: string | undefined;
  for (const id of known.ids) {
    // `me` stands for the caller: contracts say so for ids of customers.
    if (id === 'me' && check.object === 'customer' && x.principal.customerId !== undefined) continue;
    const owners = known.found?.get(id) ?? known.mocked?.get(id);
    if (owners?.includes(key) === true) continue;
    if (owners === undefined) return { id, owners, others: [] };
    first ??= id;
    others.push(owners);
  }
  return first === undefined ? undefined : { id: first, owners: others[0], others };
}

/** Relations are between customers; software acting for one acts for that one's relations, too. */
function mayBeRelated(x: Exchange, check: OwnerCheck, { database, relations }: AuthorizeParts): boolean {
  if (database === undefined || relations === undefined || x.principal.customerId === undefined) return false;
  return check.relation.some((each) => each !== 'owner');
}

/** Read at the moment of use: whoever was a delegate a moment ago is none now. */
function askRelations(x: Exchange, at: { run: OwnerRun; index: number; doubt: Doubt }): typeof later {
  const { run, index, doubt } = at;
  const { parts, checks } = run;
  const check = checks[index] as OwnerCheck;
  granterOf(run, check, doubt).then(
    (granter) => {
      x.onBehalfOf = granter;
      return goOnWith(x, granter === undefined ? denied(x, parts, check, doubt) : askOwners(x, run, index + 1));
    },
    (error: unknown) => proceed(x, x.fail(x, error)),
  );
  return later;
}

/** For whom the caller may act on all these objects. A missing one is asked about like a foreign one. */
async function granterOf({ key, parts }: OwnerRun, check: OwnerCheck, { others }: Doubt): Promise<string | undefined> {
  const { database, clock, relations } = parts;
  if (database === undefined || relations === undefined) return undefined;
  const asked = { grantee: key, relations: check.relation, at: clock.now() };
  let granter: string | undefined;
  for (const customers of others.length === 0 ? [[]] : others) {
    granter = await relations.granter(database.db, { ...asked, customers });
    if (granter === undefined) return undefined;
  }
  return granter;
}

/** By whom lists are filtered; undefined = all. */
export function ownerOf(principal: Principal): string | undefined {
  if (principal.audience === 'staff' || principal.audience === 'service') return undefined;
  return principal.customerId ?? principal.partnerId ?? principal.subject;
}

/** Missing and foreign objects count alike, or the count would tell them apart. */
function denied(
  x: Exchange,
  { authenticator, enumeration, onStopped }: AuthorizeParts,
  check: OwnerCheck,
  { id, owners }: Doubt,
): Answer {
  if (!enumeration.deny(x.principal, `${check.object} ${id}`, elapsedMs()))
    return refuse(x, owners !== undefined && check.deny === 403 ? 'not-yours' : 'not-found');
  authenticator.revocations.revoke(stopOf(x.principal), authenticator.nowS(), stopS);
  onStopped(x);
  return tooMany(x, stopS);
}

/** Where the id of a check stands; undefined for list checks. */
function placeOf(check: OwnerCheck): Place | undefined {
  if (check.id === undefined || check.list === true) return undefined;
  return check.id.startsWith('body') ? 'body' : 'head';
}

/** `path.orderId`, `query.x`, `header.x` → the parameter; `body#/lines/0/id` → the value there. */
function compileIds(operation: CompiledOperation, where: string): (x: Exchange) => string[] {
  if (where.startsWith('body#')) {
    const pointer = where.slice('body#'.length);
    return (x) => idsOf(pointerInto(x.input['body'], pointer));
  }
  const name = where.slice(where.indexOf('.') + 1);
  const isInPath = where.startsWith('path.');
  const param = operation.shapes.paramAt(where);
  return (x) => {
    // Asked about as it is written. An invocation that leaves it out means what the contract says.
    const written = isInPath ? (x.call === undefined ? x.path[name] : x.call.input[name]) : undefined;
    if (written !== undefined) return idsOf(written);
    const read =
      x.call === undefined
        ? param.readParams(x.rawPath, x.query, (field) => x.header(field))
        : param.checkParams(x.call.input);
    // What is not as declared is refused with all parameters, before it is used.
    return 'errors' in read ? [] : idsOf(read.values[name]);
  };
}

/** An id that is no text is nobody's, unless it is a number; none is asked about where none was sent. */
function idsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(idOf) : [idOf(value)];
}

function idOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function pointerInto(value: unknown, pointer: string): unknown {
  let found = value;
  for (const token of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[token.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return found;
}

function readAlternative(operation: CompiledOperation, alternative: Requirement): { byKey: boolean; scopes: string[] } {
  const names = Object.keys(alternative);
  const byKey = names.some((name) => isOfKeys(operation.contract.securitySchemes.get(name)));
  return { byKey, scopes: names.flatMap((name) => alternative[name] ?? []) };
}
