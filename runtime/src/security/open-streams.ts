// Answers that go on for as long as their caller is let in. Whoever is shut out, or whose credential is withdrawn, is told
// nothing more from that moment.

import type { Principal } from '../kernel/index.ts';
import type { Revocations } from './token-cache.ts';

export class OpenStreams {
  readonly #revocations: Revocations;
  readonly #open = new Map<() => void, Principal>();

  constructor(revocations: Revocations) {
    this.#revocations = revocations;
  }

  /** `end` is called once, when its caller is let in no more; it must not throw. The returned function forgets it. */
  add(principal: Principal, end: () => void): () => void {
    // Withdrawn while the answer was being made.
    if (this.#revocations.has(principal)) end();
    else this.#open.set(end, principal);
    return () => void this.#open.delete(end);
  }

  /** Ends those of whoever is let in no more. Called when something was withdrawn. */
  sweep(): void {
    for (const [end, principal] of this.#open) {
      if (!this.#revocations.has(principal)) continue;
      this.#open.delete(end);
      end();
    }
  }
}
