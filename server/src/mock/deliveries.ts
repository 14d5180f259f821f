// Callbacks and webhooks on their way: sent after the answer, signed, tried again by the mock's clock, and only to hosts
// that were allowed. Bounded: the oldest that are over leave.

import { isIP } from 'node:net';
import type { Outgoing } from '@plinth/contract/serving';
import { createEgress, signatureHeaders } from '@plinth/runtime/pipeline/storeless';
import type { MockClock } from './clock.ts';
import { isLoopback } from './loopback.ts';
import { keyPairOf, secretOf } from './signature.ts';

/** Seconds before the n-th further attempt; then it is given up. */
export const retryAfterS = [5, 30, 120, 600, 1800] as const;

/** Deliveries that are remembered, and those that may wait at one time. */
const mostDeliveries = 1000;
const mostUnderWay = 20;

export interface Attempt {
  at: string;
  /** Status of the answer; undefined when there was none. */
  status?: number;
  outcome: string;
}

export interface Delivery {
  id: string;
  kind: Outgoing['kind'];
  operation: string;
  method: string;
  url: string;
  type: string;
  body: string;
  state: 'waiting' | 'delivered' | 'failed' | 'refused';
  attempts: Attempt[];
  /** When it is tried (again); '' when it is over. */
  nextAt: string;
}

/** Messages that are made when something has ended. */
interface Promised {
  /** When to look again, by a clock that runs by itself. */
  dueAt: Temporal.Instant;
  /** undefined = not yet. */
  make: (now: Temporal.Instant) => readonly Outgoing[] | undefined;
}

export interface DeliveriesOptions {
  clock: MockClock;
  seed: number;
  /** Hosts besides this machine. */
  allowedHosts: readonly string[];
}

export class Deliveries {
  /** Each message is signed with both: its receiver checks the one it knows. */
  readonly secret: string;
  readonly publicKey: string;
  readonly #privateKey: string;
  readonly #options: DeliveriesOptions;
  #all: Delivery[] = [];
  #promised: Promised[] = [];
  #count = 0;
  #underWay = new Set<Delivery>();
  #timer: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.secret = secretOf(options.seed);
    ({ privateKey: this.#privateKey, publicKey: this.publicKey } = keyPairOf(options.seed));
  }

  /** Oldest first. */
  all(): readonly Delivery[] {
    return this.#all;
  }

  /** Takes a message; it is sent when its time has come. A host that is not allowed is remembered as refused. */
  add(message: Outgoing, dueAt: Temporal.Instant): Delivery {
    const { body, kind, operation, method, url, type } = message;
    const isAllowed = this.#isAllowed(url);
    const delivery: Delivery = {
      id: `msg_${String((this.#count += 1)).padStart(8, '0')}`,
      kind,
      operation,
      method,
      url,
      type,
      body: body === undefined ? '' : JSON.stringify(body),
      state: isAllowed ? 'waiting' : 'refused',
      attempts: [],
      nextAt: isAllowed ? dueAt.toString() : '',
    };
    this.#all.push(delivery);
    if (this.#all.length > mostDeliveries) this.#all.shift();
    return delivery;
  }

  /** Takes messages that are to be made later; more than there is room for are forgotten, the oldest first. */
  promise(promised: Promised): void {
    this.#promised.push(promised);
    if (this.#promised.length > mostDeliveries) this.#promised.shift();
  }

  /** Sends what is due. Called after answers, and whenever the clock was moved. */
  pump(): void {
    if (!this.#isOpen) return;
    const now = this.#options.clock.now();
    this.#promised = this.#promised.filter(({ make }) => {
      const messages = make(now);
      for (const message of messages ?? []) this.add(message, now);
      return messages === undefined;
    });
    const waiting = this.#all.filter((each) => each.state === 'waiting' && !this.#underWay.has(each));
    for (const delivery of waiting) {
      if (this.#underWay.size >= mostUnderWay) break;
      if (Temporal.Instant.compare(Temporal.Instant.from(delivery.nextAt), now) > 0) continue;
      this.#underWay.add(delivery);
      void this.#attempt(delivery).finally(() => {
        this.#underWay.delete(delivery);
        this.pump();
      });
    }
    this.#wake(now);
  }

  clear(): void {
    this.#all = [];
    this.#promised = [];
    this.#count = 0;
  }

  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  /** A clock that runs by itself is looked at again when the next one is due. */
  #wake(now: Temporal.Instant): void {
    clearTimeout(this.#timer);
    const waiting = this.#all.filter((each) => each.state === 'waiting' && !this.#underWay.has(each));
    const times = [
      ...waiting.map(({ nextAt }) => Temporal.Instant.from(nextAt)),
      ...this.#promised.map(({ dueAt }) => dueAt),
    ];
    if (times.length === 0 || this.#options.clock.mode !== 'real') return;
    const nextMs = Math.min(...times.map((time) => time.since(now).total('milliseconds')));
    this.#timer = setTimeout(() => this.pump(), Math.min(60_000, Math.max(10, nextMs)));
    this.#timer.unref();
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const at = this.#options.clock.now();
    const attempt = await this.#send(delivery, at);
    delivery.attempts.push(attempt);
    const waitS = retryAfterS[delivery.attempts.length - 1];
    const isDelivered = attempt.status !== undefined && attempt.status >= 200 && attempt.status < 300;
    if (isDelivered || waitS === undefined) {
      delivery.state = isDelivered ? 'delivered' : 'failed';
      delivery.nextAt = '';
    } else delivery.nextAt = at.add({ seconds: waitS }).toString();
  }

  async #send({ id, url, method, type, body }: Delivery, at: Temporal.Instant): Promise<Attempt> {
    const seconds = Math.floor(at.epochMilliseconds / 1000);
    const { hostname, port, protocol } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const egress = createEgress({ allowed: [`${host}:${port || (protocol === 'https:' ? '443' : '80')}`] });
    try {
      const { status } = await egress({
        url,
        method: method === 'GET' ? 'GET' : 'POST',
        headers: {
          ...(type === '' ? {} : { 'content-type': type }),
          ...signatureHeaders([this.secret, this.#privateKey], { id, seconds, body }),
        },
        ...(body === '' ? {} : { body }),
      });
      return { at: at.toString(), status, outcome: status < 300 ? 'delivered' : `answered ${status}` };
    } catch (error) {
      return { at: at.toString(), outcome: (error as Error).message.slice(0, 200) };
    }
  }

  #isAllowed(url: string): boolean {
    if (!URL.canParse(url)) return false;
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    const isHere = host === 'localhost' || (isIP(host) !== 0 && isLoopback(host));
    return isHere || this.#options.allowedHosts.includes(host);
  }
}
