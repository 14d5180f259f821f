// Ordered durable facts. The outbox table is the record; a port implementation is transport only.

/** A published fact: CloudEvents 1.0 attributes plus what fan-out needs. */
export interface PlinthEvent<Data = unknown> {
  /** UUIDv7; the CloudEvents `id`, the same on every delivery. */
  readonly id: string;
  /** `order.placed`. */
  readonly type: string;
  /** `/orders`: the capability that said it. */
  readonly source: string;
  /** Wire id of the thing it is about. */
  readonly subject: string;
  /** Gapless per subject, from 1. */
  readonly sequence: number;
  /** Customer whose matter it is; key of live updates and of the timeline. */
  readonly customerId?: string;
  /** Whom alone it is told to, as hash in hex: a word of the platform about a job of theirs. Absent = a capability's fact. */
  readonly whose?: string;
  /** RFC 3339. */
  readonly time: string;
  readonly data: Data;
  readonly traceId: string;
  /** Where in the trace it was said: `traceparent`, and `tracestate` behind a space. Absent in facts of earlier versions. */
  readonly trace?: string;
  /** The decision that led here (`Plinth-Decision`). */
  readonly decisionId?: string;
  readonly channel?: string;
  /** Place in the log; grows by one, in commit-visible order. */
  readonly position: number;
}

/**
 * Laws (runtime/src/events/relay.test.ts):
 * 1. A subscriber sees every event published after it subscribed, in order of position, at least once.
 * 2. `read` gives events after a position in order, at most `limit`, without gaps below `head()`.
 * 3. A slow subscriber delays nobody: its queue is bounded and it is told to read on from its position.
 * Not promised: delivery to a process that is down (it reads on from its position).
 */
export interface EventLog {
  head(): Promise<number>;
  read(after: number, limit: number): Promise<PlinthEvent[]>;
  /** Called after each publish with the new events, in order. */
  subscribe(listener: (events: readonly PlinthEvent[]) => void): () => void;
}
