// Which contracts are in force: our own, and those of the watched folder. A mock's things outlive a reload, so that an
// edit to a contract, or a handler that takes over, does not forget what callers made.

import { type Contract, MemoryStore } from '@plinth/contract';
import type { Capability } from '@plinth/runtime';
import type { Binding, MockDispatch, RunningEdge } from '@plinth/runtime/pipeline';
import { type Dropped, readDropped } from './dropped.ts';
import { mockFor } from './mock.ts';

export interface Reloaded {
  /** Ids of the contracts that run from the folder. */
  running: string[];
  refused: { file: string; message: string }[];
}

export interface InstalledOptions {
  edge: RunningEdge;
  capabilities: readonly Capability[];
  /** Contracts of the capabilities, in the same order. */
  own: readonly Contract[];
  /** Operations without a handler answer from the mock; without it 501. */
  mocks: boolean;
}

export class Installed {
  readonly #edge: RunningEdge;
  readonly #own: readonly Binding[];
  readonly #stores = new Map<string, MemoryStore>();
  #contracts: readonly Contract[] = [];

  /** Installs the capabilities' own contracts. */
  constructor({ edge, capabilities, own, mocks }: InstalledOptions) {
    this.#edge = edge;
    this.#own = capabilities.map(({ handlers, owners = {} }, index) => {
      const contract = own[index] as Contract;
      const isWhole = contract.operations.every(({ id }) => handlers[id] !== undefined);
      return { contract, handlers, owners, ...(isWhole || !mocks ? {} : { mock: this.#mock(contract) }) };
    });
    this.#install([]);
  }

  get contracts(): readonly Contract[] {
    return this.#contracts;
  }

  /** Reads the folder and swaps the edge. A contract that cannot run keeps no other out. */
  async reload(folder: string): Promise<Reloaded> {
    const news = await readDropped(folder);
    const refused = news.refused.map(({ file, findings }) => ({
      file,
      message: findings.map(({ line, column, message }) => `${line}:${column} ${message}`).join('; '),
    }));
    const good: Dropped[] = [];
    for (const dropped of news.contracts) {
      try {
        this.#install([...good, dropped]);
        good.push(dropped);
      } catch (error) {
        refused.push({ file: dropped.folder, message: (error as Error).message });
      }
    }
    // Also after a refusal, and when the last one left: the edge stands for exactly what is good.
    this.#install(good);
    return { running: good.map(({ contract }) => contract.id), refused };
  }

  #install(dropped: readonly Dropped[]): void {
    const bindings = [
      ...this.#own,
      ...dropped.map(({ contract, handlers }) => ({ contract, handlers, owners: {}, mock: this.#mock(contract) })),
    ];
    this.#edge.install(bindings);
    this.#contracts = bindings.map(({ contract }) => contract);
  }

  #mock(contract: Contract): MockDispatch {
    let store = this.#stores.get(contract.id);
    if (!store) this.#stores.set(contract.id, (store = new MemoryStore()));
    return mockFor(contract, { store });
  }
}
