// Finished keys of a process without a database (`plinth mock FILE`): two generations of 10,000, lost with the process.

import type { Answer } from '../pipeline/exchange.ts';
import type { KeyPlace } from './fingerprint.ts';
import type { KeyRow } from './key-rows.ts';
import { seal } from './seal.ts';

const mostPerGeneration = 10_000;

export class MemoryKeys {
  #young = new Map<string, KeyRow>();
  #old = new Map<string, KeyRow>();

  get(place: KeyPlace): KeyRow | undefined {
    const name = nameOf(place);
    return this.#young.get(name) ?? this.#old.get(name);
  }

  put(place: KeyPlace, answer: Answer): void {
    if (this.#young.size >= mostPerGeneration) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    const bytes = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
    const body = bytes === undefined || place.seal === undefined ? bytes : seal(place.seal, bytes);
    this.#young.set(nameOf(place), {
      state: 'done',
      fingerprint: place.fingerprint,
      status: answer.status,
      headers: ['Content-Type', answer.type, ...answer.headers],
      body: body === undefined ? null : Buffer.from(body),
      job: null,
    });
  }
}

function nameOf(place: KeyPlace): string {
  return `${place.principalHash.toString('latin1')}${place.operation}${place.keyHash.toString('latin1')}`;
}
