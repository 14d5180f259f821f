// Live updates: one stream a page, fed from the event log. A stream is told about facts of its customer (staff: about all)
// from the capabilities it asked for: type, subject and time, never data, so nothing leaks that a read would not show;
// the page reads anew what it shows. With the topic `jobs` it is told of the ends of its principal's own jobs, and of
// nobody else's. The id of a message is the fact's position: a stream resumes without gap.

import type { Log } from '../context.ts';
import { type Clock, type Principal, repeat, systemClock, whoHash } from '../kernel/index.ts';
import type { EventLog, PlinthEvent } from '../ports/index.ts';

const streamsPerPrincipal = 10;
const streamsInAll = 10_000;
const topicsPerStream = 50;
const heartbeatMs = 15_000;
const readBatch = 500;

/** Positions a stream may be behind and still resume; older ones read everything anew. */
const resumePositions = 10_000;
const resumeHours = 24;

/** Bytes a slow client may be behind before it is closed; it resumes. */
const backlogBytes = 256 * 1024;

/** What a stream writes to. */
export interface LiveSink {
  write(text: string): void;
  /** Bytes written and not yet taken by the client. */
  backlogBytes(): number;
  /** Called once, when the platform ends the stream. */
  close(): void;
}

export interface LiveRequest {
  principal: Principal;
  /** Names of capabilities, and `jobs`; those the principal has no read scope for are left out. */
  topics: readonly string[];
  /** `Last-Event-ID`; undefined = from now on. */
  lastEventId?: string | undefined;
  sink: LiveSink;
}

/** Why there is no stream: nobody whose facts these could be, no topic, too many streams, or the process ends. */
export type LiveRefusal = 'not-yours' | 'no-topics' | 'too-many' | 'closing';

export interface Live {
  /** Why `open` would open none; undefined = it would. */
  refusalOf(request: Pick<LiveRequest, 'principal' | 'topics'>): LiveRefusal | undefined;
  /** Opens a stream; the returned function ends it (the client went away). */
  open(request: LiveRequest): (() => void) | LiveRefusal;
  /** Ends streams at once: a session was revoked, an application suspended. */
  end(whose: (principal: Principal) => boolean): void;
  /** Tells all streams to come back elsewhere, and opens no more. */
  close(): void;
}

export interface LiveOptions {
  log: EventLog;
  logger?: Log;
  /** Business time: only the age of facts is judged by it. */
  clock: Clock;
}

export function createLive(options: LiveOptions): Live {
  return new LiveStreams(options);
}

interface Stream {
  principal: Principal;
  /** Keys of `#byOwner` that it is found under. */
  owners: readonly string[];
  /** Sources of the facts it is told by customer. */
  sources: ReadonlySet<string>;
  sink: LiveSink;
  /** Everything up to here was told, or was of no concern. */
  position: number;
  /** Reads what it missed; facts that come meanwhile are read from the log, too. */
  isResuming: boolean;
  isOpen: boolean;
}

class LiveStreams implements Live {
  readonly #options: LiveOptions;
  readonly #streams = new Set<Stream>();
  /** By customer, those of staff under `staffKey`; and by principal, for their jobs. */
  readonly #byOwner = new Map<string, Set<Stream>>();
  readonly #perPrincipal = new Map<string, number>();
  readonly #stop: readonly (() => void)[];
  #told = 0;
  #isClosed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    const beats = repeat(heartbeatMs, () => this.#beat());
    this.#stop = [beats, options.log.subscribe((events) => events.forEach((event) => this.#fanOut(event)))];
  }

  refusalOf({ principal, topics }: Pick<LiveRequest, 'principal' | 'topics'>): LiveRefusal | undefined {
    if (this.#isClosed) return 'closing';
    if (ownerKey(principal) === undefined) return 'not-yours';
    if (sourcesOf(principal, topics).size === 0 && !topics.includes(jobsTopic)) return 'no-topics';
    const own = this.#perPrincipal.get(personOf(principal)) ?? 0;
    return own >= streamsPerPrincipal || this.#streams.size >= streamsInAll ? 'too-many' : undefined;
  }

  open(request: LiveRequest): (() => void) | LiveRefusal {
    const refusal = this.refusalOf(request);
    if (refusal !== undefined) return refusal;
    const { principal, sink } = request;
    const person = personOf(principal);
    const own = this.#perPrincipal.get(person) ?? 0;
    const owners = ownersOf(principal, request.topics);
    const sources = sourcesOf(principal, request.topics);
    const stream: Stream = { principal, owners, sources, sink, position: 0, isResuming: true, isOpen: true };
    for (const owner of owners) this.#byOwner.set(owner, (this.#byOwner.get(owner) ?? new Set()).add(stream));
    this.#streams.add(stream);
    this.#perPrincipal.set(person, own + 1);
    void this.#resume(stream, request.lastEventId);
    return () => this.#remove(stream);
  }

  end(whose: (principal: Principal) => boolean): void {
    for (const stream of this.#streams) {
      if (whose(stream.principal)) this.#end(stream, reauthenticate);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#stop.forEach((stop) => stop());
    for (const stream of this.#streams) this.#end(stream, 'event: moved\ndata: {}\n\n');
  }

  async #resume(stream: Stream, lastEventId: string | undefined): Promise<void> {
    const { log, logger } = this.#options;
    try {
      const head = await log.head();
      const after = lastEventId === undefined ? head : Number(lastEventId);
      const isKnown = Number.isSafeInteger(after) && after >= 0 && after <= head;
      const isLost = !isKnown || head - after > resumePositions || (await this.#isTooOld(after, head));
      stream.position = isLost ? head : after;
      // An id says that everything up to it was heard: none is sent before what it stands for.
      stream.sink.write(isLost ? 'retry: 1000\n: open\n\n' : `retry: 1000\nid: ${after}\n: open\n\n`);
      if (isLost) stream.sink.write(`id: ${head}\nevent: reset\ndata: {}\n\n`);
      let isBehind = true;
      while (stream.isOpen && isBehind) {
        const told = this.#told;
        const events = await log.read(stream.position, readBatch);
        for (const event of events) this.#offer(stream, event);
        // What was told to others while we read is not in what we read.
        isBehind = events.length === readBatch || this.#told > Math.max(told, stream.position);
      }
      // In the same turn as the last look: what comes from now on is told by fan-out.
      stream.isResuming = false;
    } catch (error) {
      logger?.warn('a live stream could not resume', { error: String(error) });
      this.#end(stream, '');
    }
  }

  async #isTooOld(after: number, head: number): Promise<boolean> {
    if (after === head) return false;
    const [first] = await this.#options.log.read(after, 1);
    if (first === undefined || first.position !== after + 1) return true;
    const eldest = this.#options.clock.now().subtract({ hours: resumeHours });
    return Temporal.Instant.compare(Temporal.Instant.from(first.time), eldest) < 0;
  }

  #fanOut(event: PlinthEvent): void {
    this.#told = event.position;
    for (const owner of namedBy(event)) {
      for (const stream of this.#byOwner.get(owner) ?? []) {
        if (!stream.isResuming) this.#offer(stream, event);
      }
    }
  }

  #offer(stream: Stream, event: PlinthEvent): void {
    if (!stream.isOpen || event.position <= stream.position) return;
    stream.position = event.position;
    if (!namedBy(event).some((owner) => stream.owners.includes(owner))) return;
    if (event.whose === undefined && !stream.sources.has(event.source)) return;
    if (hasExpired(stream.principal)) return this.#end(stream, reauthenticate);
    const { id, type, source, subject, time } = event;
    const data = event.whose === undefined ? undefined : event.data;
    stream.sink.write(`id: ${event.position}\ndata: ${JSON.stringify({ id, type, source, subject, time, data })}\n\n`);
    if (stream.sink.backlogBytes() > backlogBytes) this.#end(stream, '');
  }

  #beat(): void {
    for (const stream of this.#streams) {
      if (hasExpired(stream.principal)) this.#end(stream, reauthenticate);
      else stream.sink.write(': beat\n\n');
    }
  }

  #end(stream: Stream, lastWord: string): void {
    if (!stream.isOpen) return;
    this.#remove(stream);
    if (lastWord !== '') stream.sink.write(lastWord);
    stream.sink.close();
  }

  #remove(stream: Stream): void {
    if (!stream.isOpen) return;
    stream.isOpen = false;
    this.#streams.delete(stream);
    for (const owner of stream.owners) {
      const set = this.#byOwner.get(owner);
      set?.delete(stream);
      if (set?.size === 0) this.#byOwner.delete(owner);
    }
    const person = personOf(stream.principal);
    const left = (this.#perPrincipal.get(person) ?? 1) - 1;
    if (left > 0) this.#perPrincipal.set(person, left);
    else this.#perPrincipal.delete(person);
  }
}

const jobsTopic = 'jobs';
const staffKey = ' staff';
const reauthenticate = 'event: reauthenticate\ndata: {}\n\n';

/** By the time of the machine, as at every request. */
function hasExpired({ expiresAt }: Principal): boolean {
  return expiresAt <= systemClock.now().epochMilliseconds / 1000;
}

/** Whose streams an event is for. */
function namedBy({ whose, customerId }: PlinthEvent): readonly string[] {
  if (whose !== undefined) return [principalKey(whose)];
  return customerId === undefined ? [staffKey] : [customerId, staffKey];
}

function ownersOf(principal: Principal, topics: readonly string[]): readonly string[] {
  const owner = ownerKey(principal) ?? '';
  return topics.includes(jobsTopic) ? [owner, principalKey(whoHash(principal).toString('hex'))] : [owner];
}

/** No customer is called so. */
function principalKey(whose: string): string {
  return ` ${whose}`;
}

/** Under which key a principal's facts are found; undefined = none are. */
function ownerKey(principal: Principal): string | undefined {
  return principal.audience === 'staff' ? staffKey : principal.customerId;
}

function personOf({ issuer, subject }: Principal): string {
  return `${issuer} ${subject}`;
}

/** Of the capabilities among the topics that the principal may read. */
function sourcesOf(principal: Principal, topics: readonly string[]): ReadonlySet<string> {
  const readable = topics.slice(0, topicsPerStream).filter((topic) => mayRead(principal, topic));
  return new Set(readable.map((topic) => `/${topic}`));
}

function mayRead({ scopes }: Principal, topic: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(topic) && (scopes.has('*') || scopes.has(`${topic}.read`));
}
