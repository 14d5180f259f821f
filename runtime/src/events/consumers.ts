// All reactions of this process. Idle, they cost one query a second together (the sweep) and nothing else.

import type { Reaction } from '../capability.ts';
import { assert, elapsedMs, repeat } from '../kernel/index.ts';
import type { WorkServices } from '../work.ts';
import { claimCursors, consumersDue, moveCursor, openCursors } from './consumer-rows.ts';
import { Consumer } from './consumer.ts';
import type { Relay } from './relay.ts';

const sweepMs = 1000;
const claimMs = 3_600_000;
const settleRounds = 1000;

/** Eight tries in all. */
const retryAfterMs = [1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000] as const;

export interface ConsumersOptions {
  services: WorkServices;
  relay: Relay;
  reactions: readonly Reaction[];
  /** Milliseconds before each further try of a failed event; its length + 1 tries in all. Tests shorten it. */
  retryAfterMs?: readonly number[];
  /** Milliseconds between two claims of the cursors; an hour. Tests shorten it. */
  claimMs?: number;
}

export interface Consumers {
  /**
   * Resolves when relay and all reactions reached the head of the log, including what they caused themselves. Held
   * events that are not due do not count. Gives up after 1,000 rounds (a reaction that feeds itself).
   */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts all reactions from where they stopped; a new one begins at the present head of the log. */
export async function createConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { services, relay, reactions } = options;
  const { db } = services.database;
  const names = reactions.map((reaction) => reaction.name);
  assert(new Set(names).size === names.length, 'names of reactions are unique');
  const positions = await openCursors(db, names);
  const consumers = reactions.map(
    (reaction) =>
      new Consumer({
        services,
        log: relay,
        reaction,
        retryAfterMs: options.retryAfterMs ?? retryAfterMs,
        position: positions.get(reaction.name) ?? 0,
      }),
  );
  const unsubscribe = relay.subscribe((events) => consumers.forEach((consumer) => consumer.offer(events)));
  consumers.forEach((consumer) => consumer.wake());
  let claimedMs = elapsedMs();
  let sweeping: Promise<void> | undefined;
  const sweep = async (): Promise<void> => {
    try {
      const due = await consumersDue(db, names);
      for (const consumer of consumers) {
        consumer.sweep(due.has(consumer.name));
        const position = consumer.unsaved();
        if (position !== undefined) await moveCursor(db, consumer.name, position);
      }
      if (elapsedMs() - claimedMs < (options.claimMs ?? claimMs)) return;
      await claimCursors(db, names);
      claimedMs = elapsedMs();
    } catch (error) {
      services.log.warn('reactions paused', { error: String(error) });
    }
  };
  const stopSweep = repeat(sweepMs, () => {
    if (consumers.length === 0) return;
    sweeping ??= sweep().finally(() => {
      sweeping = undefined;
    });
  });
  return {
    async settled() {
      for (let round = 0; round < settleRounds; round++) {
        await relay.settled();
        const head = await relay.head();
        consumers.forEach((consumer) => consumer.wake());
        await Promise.all(consumers.map((consumer) => consumer.idle()));
        if (consumers.every((consumer) => consumer.position >= head) && (await relay.head()) === head) return;
      }
    },
    async close() {
      stopSweep();
      unsubscribe();
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await sweeping;
    },
  };
}
