// A small service written by hand, for tests: right as it stands, and wrong in one named way when asked. Not part of the
// product.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';
import { parsed, type Send, type TestAnswer, type TestRequest } from './exchange.ts';
import type { Fact, Facts } from './facts.ts';
import type { Bug } from './parcels-contract.ts';
import { answerOf, problemOf } from './samples.ts';

interface Parcel extends JsonObject {
  id: string;
  label: string;
  weight: number;
  kind: string;
  state: string;
  tracking: string;
}

interface Kept {
  owner: string;
  version: number;
  parcel: Parcel;
  removed: boolean;
}

interface Wish {
  request: TestRequest;
  who: string;
  query: URLSearchParams;
  body: JsonObject;
}

/** One instance with things of its own. */
export class Parcels {
  readonly #bug: Bug | undefined;
  readonly #kept: Kept[] = [];
  readonly #keys = new Map<string, { text: string; answer: TestAnswer }>();
  readonly #reports = new Set<string>();
  readonly #told: Fact[] = [];

  /** What it tells, as it happens. */
  readonly facts: Facts = {
    mark: () => this.#told.length,
    told: (since, fits) => Promise.resolve(this.#told.slice(since).some(fits)),
  };

  constructor(bug?: Bug) {
    this.#bug = bug;
  }

  readonly send: Send = async (request) => {
    const answer = await this.#answer(request);
    const type = answer.headers['content-type'] ?? '';
    if (type.startsWith('application/problem') && this.#has('gives problems another status'))
      return answerOf(answer.status, { ...(parsed(new TextDecoder().decode(answer.body)) as JsonObject), status: 499 });
    return {
      ...answer,
      headers: {
        'cache-control': this.#has('lets shared caches keep answers') ? 'public, max-age=60' : 'no-store',
        ...answer.headers,
      },
    };
  };

  #has(bug: Bug): boolean {
    return this.#bug === bug;
  }

  async #answer(request: TestRequest): Promise<TestAnswer> {
    const [path = '', search = ''] = request.target.split('?');
    const [, first = '', id, below] = path.split('/');
    const allowed = methodsOf(first, id, below);
    const isWrong = allowed.length > 0 && !allowed.includes(request.method);
    if (allowed.length === 0) return problemOf(404, 'not-found');
    if (isWrong && this.#has('answers methods nobody declared')) return answerOf(200, {});
    if (isWrong)
      return {
        ...problemOf(405, 'method-not-allowed'),
        headers: { 'content-type': 'application/problem+json', allow: allowed.join(', ') },
      };
    const who = this.#caller(request);
    if (who === undefined) return problemOf(401, 'unauthenticated');
    const needed = request.method === 'GET' || first === 'reports' ? 'read' : 'write';
    if (who === 'reader' && needed === 'write' && !this.#has('does not look at scopes'))
      return problemOf(403, 'insufficient-scope');
    const wish: Wish = { request, who, query: new URLSearchParams(search), body: {} };
    const refusal = this.#readBody(wish, first === 'parcels' && below === undefined);
    if (refusal) return refusal;
    if (first === 'reports') return this.#report(request, id);
    if (id === undefined) return request.method === 'GET' ? this.#list(wish) : this.#create(wish);
    return this.#one(wish, decodeURIComponent(id), below);
  }

  #caller({ headers }: TestRequest): string | undefined {
    const token = /^Bearer (\w[\w-]*)$/.exec(headers['authorization'] ?? '')?.[1];
    if (token === undefined) return undefined;
    if (['ada', 'ben', 'reader'].includes(token)) return token;
    if (token === 'old') return this.#has('believes expired tokens') ? 'ada' : undefined;
    return this.#has('believes any token') ? 'ada' : undefined;
  }

  #readBody(wish: Wish, isExpected: boolean): TestAnswer | undefined {
    const { request } = wish;
    if (!isExpected || (request.method !== 'POST' && request.method !== 'PATCH')) return undefined;
    if (typeof request.body !== 'string' || request.body === '') return problemOf(400, 'body-missing');
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return problemOf(415, 'media');
    const value = parsed(request.body);
    if (!isObject(value)) return problemOf(400, 'no-object');
    const isChange = request.method === 'PATCH';
    const wrong = this.#bodyFault(value, isChange);
    if (wrong !== undefined) return problemOf(400, 'invalid-body', { detail: wrong });
    wish.body = value;
    return undefined;
  }

  #bodyFault(body: JsonObject, isChange: boolean): string | undefined {
    const known = isChange ? ['label', 'note'] : ['label', 'weight', 'kind', 'note', 'pin'];
    const isOpen =
      this.#has('takes properties nobody declared') || this.#has('lets callers choose the tracking number');
    const unknown = Object.keys(body).find((name) => !known.includes(name));
    if (unknown !== undefined && !(isOpen && (unknown === 'tracking' || this.#has('takes properties nobody declared'))))
      return `${unknown} is unknown`;
    if (isChange && Object.keys(body).length === 0) return 'nothing to change';
    return this.#textFault(body, isChange) ?? (isChange ? undefined : this.#newFault(body));
  }

  #textFault({ label, note }: JsonObject, isChange: boolean): string | undefined {
    const longest = this.#has('takes a label that is too long') ? 400 : 40;
    if ((!isChange || label !== undefined) && !isText(label, 1, longest)) return 'label';
    return note === undefined || note === null || isText(note, 0, 20) ? undefined : 'note';
  }

  #newFault({ weight, kind, pin }: JsonObject): string | undefined {
    const heaviest = this.#has('refuses the greatest weight') ? 29_999 : 30_000;
    if (!Number.isInteger(weight) || Number(weight) < 1 || Number(weight) > heaviest) return 'weight';
    const kinds = this.#has('refuses a kind it declares') ? ['letter', 'box'] : ['letter', 'box', 'express'];
    if (!kinds.includes(kind as string)) return 'kind';
    return pin === undefined || (typeof pin === 'string' && /^[0-9]{6}$/.test(pin)) ? undefined : 'pin';
  }

  async #create(wish: Wish): Promise<TestAnswer> {
    const { request, who } = wish;
    const key = request.headers['idempotency-key'];
    if (key === undefined)
      return this.#has('does without a key') ? this.#make(wish) : problemOf(400, 'idempotency-key-missing');
    const text = String(request.body);
    const before = this.#has('does not know repeated keys') ? undefined : this.#keys.get(`${who} ${key}`);
    if (before && before.text !== text && !this.#has('takes a key for two wishes'))
      return problemOf(422, 'idempotency-key-reused');
    if (before) return before.answer;
    // Another call comes in between looking and writing.
    if (this.#has('loses the race for a key')) await Promise.resolve().then(() => Promise.resolve());
    const answer = this.#make(wish);
    if (answer.status < 300) this.#keys.set(`${who} ${key}`, { text, answer });
    return answer;
  }

  #make({ who, body }: Wish): TestAnswer {
    const id = `par_${this.#kept.length + 1}`;
    const { pin, tracking, ...said } = body;
    if (said['note'] === null && this.#has('fails on a null note')) return problemOf(500, 'internal');
    const chosen =
      this.#has('lets callers choose the tracking number') && typeof tracking === 'string'
        ? tracking
        : `TR-${1000 + this.#kept.length}`;
    const parcel = { ...said, id, state: 'draft', tracking: chosen } as Parcel;
    if (this.#has('says the PIN again') && pin !== undefined) parcel['pin'] = pin;
    if (this.#has('shows costs to everybody')) parcel['cost'] = 300;
    this.#kept.unshift({ owner: who, version: 1, parcel, removed: false });
    if (!this.#has('tells nobody of a new parcel')) this.#told.push({ type: 'parcel.created', subject: id });
    const location = this.#has('forgets Location') ? {} : { location: `/parcels/${id}` };
    return { ...answerOf(201, parcel, { ...location, etag: '"1"' }), ms: this.#has('takes its time') ? 5_000 : 1 };
  }

  #list({ who, query }: Wish): TestAnswer {
    const limit = query.get('limit') ?? '25';
    const kind = query.get('kind');
    if (!/^\d+$/.test(limit) || Number(limit) < 1 || Number(limit) > 100) return problemOf(400, 'limit');
    if (kind !== null && !['letter', 'box', 'express'].includes(kind)) return problemOf(400, 'kind');
    if (
      [...query.keys()].some((name) => !['limit', 'cursor', 'kind'].includes(name)) ||
      new Set(query.keys()).size < [...query.keys()].length
    )
      return problemOf(400, 'query');
    const mine = this.#kept.filter(
      ({ owner, removed, parcel }) =>
        !removed &&
        (owner === who || this.#has("lists others' parcels")) &&
        (kind === null || parcel.kind === kind) &&
        !(parcel.kind === 'express' && this.#has('does not list express parcels')),
    );
    const cursor = query.get('cursor');
    const at = cursor === null ? 0 : mine.findIndex(({ parcel }) => parcel.id === cursor) + 1;
    const shift =
      cursor === null
        ? 0
        : this.#has('skips a parcel between pages')
          ? 1
          : this.#has('repeats a parcel on the next page')
            ? -1
            : 0;
    const page = mine.slice(at + shift, at + shift + Number(limit));
    const isLast = at + shift + Number(limit) >= mine.length;
    const items = page.map(({ parcel }) =>
      this.#has('writes the weight as text in lists') ? { ...parcel, weight: String(parcel.weight) } : parcel,
    );
    return answerOf(200, { items, next: isLast ? null : (page.at(-1)?.parcel.id ?? null) });
  }

  #one(wish: Wish, id: string, below: string | undefined): TestAnswer {
    const { who, request } = wish;
    if (!/^par_[0-9]+$/.test(id)) return problemOf(400, 'invalid-parameter');
    const kept = this.#kept.find(({ parcel }) => parcel.id === id);
    const isMine = kept && (kept.owner === who || this.#has("shows others' parcels"));
    if (!kept || !isMine || (kept.removed && !this.#has('keeps what was removed'))) return problemOf(404, 'not-found');
    if (below !== undefined) return this.#move(kept, below);
    if (request.method === 'GET') {
      if (this.#has('answers a read as plain text')) return answerOf(200, 'a parcel', { 'content-type': 'text/plain' });
      return this.#show(kept);
    }
    const refusal = this.#precondition(kept, request);
    if (refusal) return refusal;
    if (request.method === 'PATCH') return this.#change(kept, wish.body);
    kept.removed = true;
    if (!this.#has('tells nobody of a removed parcel')) this.#told.push({ type: 'parcel.removed', subject: id });
    return answerOf(204);
  }

  #precondition({ version }: Kept, { headers, method }: TestRequest): TestAnswer | undefined {
    const tag = headers['if-match'];
    if (tag === undefined)
      return method === 'DELETE' || this.#has('does not ask for If-Match')
        ? undefined
        : problemOf(428, 'precondition-required');
    return tag === '*' || tag === `"${version}"` || this.#has('ignores If-Match')
      ? undefined
      : problemOf(412, 'precondition-failed');
  }

  #change(kept: Kept, body: JsonObject): TestAnswer {
    const before = kept.parcel;
    kept.parcel = { ...before, ...body };
    kept.version += 1;
    if (!this.#has('tells nobody of a changed parcel')) this.#told.push({ type: 'parcel.changed', subject: before.id });
    const answer = this.#show(kept);
    if (this.#has('forgets a changed label')) kept.parcel = { ...kept.parcel, label: before.label };
    return answer;
  }

  #move(kept: Kept, below: string): TestAnswer {
    const [from, to] = below === 'dispatches' ? ['draft', 'sent'] : ['sent', 'delivered'];
    const isAllowed = kept.parcel.state === from || (below === 'deliveries' && this.#has('delivers what was not sent'));
    if (!isAllowed) return problemOf(409, 'conflicting-state');
    kept.parcel = { ...kept.parcel, state: to };
    if (to === 'sent' && !this.#has('tells nobody of a parcel that was sent'))
      this.#told.push({ type: 'parcel.sent', subject: kept.parcel.id });
    kept.version += 1;
    const answer = this.#show(kept);
    return below === 'deliveries' && this.#has('answers 207 to a delivery') ? { ...answer, status: 207 } : answer;
  }

  #show({ parcel, version }: Kept): TestAnswer {
    return answerOf(200, parcel satisfies JsonValue, { etag: `"${version}"` });
  }

  #report({ method }: TestRequest, id: string | undefined): TestAnswer {
    if (method === 'POST') {
      const made = `rep_${this.#reports.size + 1}`;
      this.#reports.add(made);
      return answerOf(202, undefined, { location: `/reports/${made}` });
    }
    return this.#reports.has(id ?? '') && !this.#has('loses reports')
      ? answerOf(200, { done: true })
      : problemOf(404, 'not-found');
  }
}

function methodsOf(first: string, id: string | undefined, below: string | undefined): string[] {
  if (first === 'reports') return id === undefined ? ['POST'] : below === undefined ? ['GET'] : [];
  if (first !== 'parcels') return [];
  if (id === undefined) return ['GET', 'POST'];
  if (below === undefined) return ['GET', 'PATCH', 'DELETE'];
  return ['dispatches', 'deliveries'].includes(below) ? ['POST'] : [];
}

function isText(value: unknown, least: number, most: number): boolean {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}
