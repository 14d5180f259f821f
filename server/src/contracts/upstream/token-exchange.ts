// Tokens for an upstream by exchange (RFC 8693). The platform says, signed, whom a call is for and which software acts; the
// authorization server that the manifest names gives a token for exactly that. No token of a caller has a part in it.

import {
  type Egress,
  later,
  PortError,
  type Principal,
  type Upstream,
  type UpstreamAnswer,
  UpstreamFailure,
} from '@plinth/runtime';
import { elapsedMs } from '@plinth/runtime/kernel';
import { type ExecutionServices, type Guard, GuardFailure } from '@plinth/runtime/pipeline';
import type { PlatformKey } from '../../platform-key.ts';
import type { Ended } from './ends.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
const usableTypes: ReadonlySet<unknown> = new Set([jwtType, 'urn:ietf:params:oauth:token-type:access_token']);

/** A token is asked for within this, repetitions included; whoever waits for it waits no longer than their own time. */
const exchangeTimeoutMs = 3_000;
/** Longest that a token is kept, whatever it says of itself. */
const mostKeptMs = 300_000;
/** Before its end a token is used no more: a call takes time, and clocks differ. */
const marginMs = 10_000;
const mostPerGeneration = 5_000;
/** `b64token` of RFC 6750, at a length that fits into a head. */
const usableToken = /^[A-Za-z0-9._~+/-]{1,8192}={0,2}$/;
/** What a refusal may say of itself in our log (RFC 6749 and 8693); anything else could be anything. */
const refusals: ReadonlySet<unknown> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
]);

export interface ExchangeParts {
  upstream: string;
  /** The token endpoint; also `aud` of what is signed for it. */
  endpoint: URL;
  /** Who the platform is there. */
  client: { id: string; secret: string };
  audience: string;
  scope?: string | undefined;
  key: PlatformKey;
  /** Over the token endpoint, see `overEgress`. */
  guard: Guard;
  logger: ExecutionServices['logger'];
}

/** For whom a token is, and the software that acts, outermost first. */
export interface Party {
  subject: string;
  actors: readonly string[];
}

/** When a call must have ended, on the process clock, and whether it may be sent twice. */
interface Terms {
  endMs: number;
  canRepeat: boolean;
}

type Send = (authorization: string) => Promise<Ended>;

/**
 * Whom a call to an upstream is for. Customers by their id here. Others by issuer and subject, as a subject is one
 * person's at its issuer only. Nobody and the platform's own work: the platform, `iss` of the statement.
 */
export function partyOf({ issuer, subject, audience, customerId, actor }: Principal, platform: string): Party {
  if (customerId !== undefined) return { subject: customerId, actors: actor };
  const isOwn = subject === '' || (audience === 'service' && issuer === 'plinth');
  // The platform does not act for itself; whoever had its part act does.
  return isOwn ? { subject: platform, actors: actor.slice(1) } : { subject: `${issuer}|${subject}`, actors: actor };
}

/** The tokens of one upstream. They stand in memory only. */
export class TokenExchange {
  readonly #parts: ExchangeParts;
  readonly #authorization: string;
  readonly #kept = new KeptTokens();
  readonly #underWay = new Map<string, Promise<string>>();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    const pair = [parts.client.id, parts.client.secret].map(encodeURIComponent).join(':');
    this.#authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }

  /**
   * Sends with a token for whoever it is for. A 401 ends the token; a call that may be repeated is then sent once more with
   * a new one. Without a token it is as if the upstream could not be reached, and nothing was sent.
   */
  call(who: Principal, terms: Terms, send: Send): Promise<Ended> {
    const party = partyOf(who, this.#parts.key.issuer);
    const key = JSON.stringify([party.subject, ...party.actors]);
    const once = (): Promise<Ended> => {
      const known = this.#kept.get(key, elapsedMs());
      if (known !== undefined) return this.#sendWith(known, key, send);
      return within(this.#tokenOf(party, key), terms.endMs - elapsedMs()).then(
        (token) => this.#sendWith(token, key, send),
        (failure: unknown): Ended => {
          if (!(failure instanceof GuardFailure)) throw failure;
          return { kind: 'failure', failure };
        },
      );
    };
    return terms.canRepeat ? once().then((ended) => (isRefused(ended) ? once() : ended)) : once();
  }

  #sendWith(token: string, key: string, send: Send): Promise<Ended> {
    return send(`Bearer ${token}`).then((ended) => {
      if (isRefused(ended)) this.#kept.drop(key, token);
      return ended;
    });
  }

  /** One question per party at a time. */
  #tokenOf(party: Party, key: string): Promise<string> {
    let asked = this.#underWay.get(key);
    if (asked === undefined) {
      asked = this.#ask(party, key).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, asked);
    }
    return asked;
  }

  async #ask(party: Party, key: string): Promise<string> {
    const { upstream, endpoint, guard, logger } = this.#parts;
    const body = await this.#questionOf(party);
    const askedMs = elapsedMs();
    const { answer } = await guard
      .call({
        method: 'POST',
        target: endpoint.pathname + endpoint.search,
        headers: [
          'authorization',
          this.#authorization,
          'accept',
          'application/json',
          'content-type',
          'application/x-www-form-urlencoded',
        ],
        body,
        timeoutMs: exchangeTimeoutMs,
        deadlineMs: Infinity,
        isRepeatable: true,
        repeats429: false,
      })
      .catch((error: unknown) => {
        throw error instanceof GuardFailure ? asUnreached(error) : error;
      });
    const granted = readGrant(answer);
    if ('refused' in granted) {
      logger.error({ upstream, status: answer.status, because: granted.refused }, 'no token was given for an upstream');
      throw new GuardFailure('connect');
    }
    const untilMs = askedMs + Math.min(granted.lifeMs - marginMs, mostKeptMs);
    if (untilMs > elapsedMs()) this.#kept.put(key, { token: granted.token, untilMs });
    return granted.token;
  }

  /** The form of RFC 8693, section 2.1. Who acted before is in the subject's token, who acts now has one of their own. */
  async #questionOf({ subject, actors }: Party): Promise<string> {
    const { audience, scope, endpoint, key } = this.#parts;
    const [actor, ...before] = actors;
    const aud = endpoint.href;
    const act = before.reduceRight<Act | undefined>((inner, sub) => ({ sub, ...(inner && { act: inner }) }), undefined);
    const more = actor === undefined ? {} : { may_act: { sub: actor }, ...(act && { act }) };
    const form = new URLSearchParams({ grant_type: grantType, audience });
    if (scope !== undefined) form.set('scope', scope);
    form.set('subject_token', await key.sign({ sub: subject, aud, ...more }));
    form.set('subject_token_type', jwtType);
    if (actor !== undefined) {
      form.set('actor_token', await key.sign({ sub: actor, aud }));
      form.set('actor_token_type', jwtType);
    }
    return form.toString();
  }
}

/** RFC 8693, section 4.1. */
interface Act {
  sub: string;
  act?: Act;
}

/** The token endpoint as the port that guards call. It does nothing by being asked, so nothing was ever sent. */
export function overEgress(egress: Egress, origin: string): Upstream {
  return {
    send({ target, headers, body, timeoutMs }) {
      const fields = headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : []));
      const asked = egress({
        url: origin + target,
        headers: Object.fromEntries(fields) as Record<string, string>,
        body: body ?? '',
        timeoutMs,
      });
      return asked.then(
        (answer) => ({ ...answer, body: Buffer.from(answer.body) }),
        (error: unknown) => {
          const isLate = error instanceof PortError && error.failure === 'timeout';
          throw new UpstreamFailure(isLate ? 'timeout' : 'connect', false, error);
        },
      );
    },
    close: () => Promise.resolve(),
  };
}

/** What came of asking says nothing of the call that it was for: that one was not sent. */
function asUnreached({ reason, wasRepeated, retryAfterS, cause }: GuardFailure): GuardFailure {
  const isOurs = reason === 'breaker-open' || reason === 'no-room';
  return new GuardFailure(isOurs ? reason : 'connect', { wasRepeated, retryAfterS, cause });
}

/** RFC 8693, section 2.2.1. A token that does not say how long it holds is for the calls that wait for it. */
function readGrant({ status, body }: UpstreamAnswer): { token: string; lifeMs: number } | { refused: string } {
  const said = objectIn(body);
  if (status !== 200) return { refused: refusals.has(said['error']) ? (said['error'] as string) : 'status' };
  const { access_token: token, token_type: type, issued_token_type: issued, expires_in: seconds = 0 } = said;
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return { refused: 'token_type' };
  if (!usableTypes.has(issued)) return { refused: 'issued_token_type' };
  if (typeof token !== 'string' || !usableToken.test(token)) return { refused: 'access_token' };
  if (typeof seconds !== 'number' || !(seconds >= 0)) return { refused: 'expires_in' };
  return { token, lifeMs: seconds * 1000 };
}

function objectIn(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const said: unknown = JSON.parse(body.toString('utf8'));
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isRefused(ended: Ended): boolean {
  return ended.kind === 'answer' && ended.answer.status === 401;
}

/** Rejects with GuardFailure `no-time` when it takes longer; the work goes on for the others who wait. */
function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = later(ms, () => reject(new GuardFailure('no-time')));
    void work.then(resolve, reject).finally(stop);
  });
}

interface KeptToken {
  token: string;
  untilMs: number;
}

/** Two generations: bounded without bookkeeping per hit. */
class KeptTokens {
  #young = new Map<string, KeptToken>();
  #old = new Map<string, KeptToken>();

  get(key: string, nowMs: number): string | undefined {
    let kept = this.#young.get(key);
    if (kept === undefined) {
      kept = this.#old.get(key);
      if (kept === undefined) return undefined;
      this.put(key, kept);
    }
    return kept.untilMs > nowMs ? kept.token : undefined;
  }

  put(key: string, kept: KeptToken): void {
    if (this.#young.size >= mostPerGeneration) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, kept);
  }

  /** Another one may have taken its place meanwhile. */
  drop(key: string, token: string): void {
    for (const generation of [this.#young, this.#old]) if (generation.get(key)?.token === token) generation.delete(key);
  }
}
