// Which contracts are in force, and who fulfils them: our own and those of the watched folder, each by its handlers, by an
// upstream whose manifest lies there, or by the mock. A mock's things outlive a reload, so that an edit to a contract, or
// whoever takes over from it, does not forget what callers made.

import path from 'node:path';
import { type Contract, type Finding, MemoryStore } from '@plinth/contract';
import type { OpenContext, OwnerResolver } from '@plinth/runtime';
import type { Binding, Found, MockDispatch, RunningEdge, UpstreamCallRow } from '@plinth/runtime/pipeline';
import { isReserved } from '../reserved-roots.ts';
import { type Dropped, readDropped } from './dropped.ts';
import type { OwnContract } from './majors.ts';
import { mockFor } from './mock.ts';
import { findManifests, type FoundManifest } from './upstream/find.ts';
import { fulfil, type Fulfilment } from './upstream/fulfil.ts';
import type { LineBook } from './upstream/lines.ts';

export interface Reloaded {
  /** Ids of the contracts that run from the folder. */
  running: string[];
  /** What upstreams fulfil now. */
  upstreams: { contract: string; upstream: string; operations: number }[];
  refused: { file: string; message: string }[];
}

export interface InstalledOptions {
  edge: RunningEdge;
  /** Of the capabilities, earlier majors among them. */
  own: readonly OwnContract[];
  /** Operations without a handler answer from the mock; without it 501. */
  mocks: boolean;
  lines: LineBook;
}

/** A contract with whoever fulfils it besides its mock. */
interface Standing {
  contract: Contract;
  handlers: Binding['handlers'];
  owners: Readonly<Record<string, OwnerResolver>>;
  mocked: boolean;
  /** Where it was dropped in; undefined = ours. */
  folder?: string;
}

export class Installed {
  readonly #options: InstalledOptions;
  readonly #own: readonly Standing[];
  readonly #stores = new Map<string, MemoryStore>();
  #fulfilments = new Map<string, Fulfilment>();
  #contracts: readonly Contract[] = [];
  #isFirst = true;

  /** Installs the capabilities' own contracts. */
  constructor(options: InstalledOptions) {
    this.#options = options;
    const { own, mocks } = options;
    this.#own = own.map(({ contract, handlers, owners }) => {
      const isWhole = contract.operations.every(({ id }) => handlers[id] !== undefined);
      return { contract, handlers, owners, mocked: !isWhole && mocks };
    });
    this.#install(this.#own, new Map());
  }

  get contracts(): readonly Contract[] {
    return this.#contracts;
  }

  /** Asks the upstream that a call went to what became of it; undefined = it is not installed. */
  async ask(row: UpstreamCallRow, ctx: OpenContext): Promise<Found | undefined> {
    return this.#fulfilments.get(row.operation.split('.', 1)[0] ?? '')?.ask(row, ctx);
  }

  /** Reads the folder and swaps the edge. A contract that cannot run keeps no other out. */
  async reload(folder: string): Promise<Reloaded> {
    const news = await readDropped(folder);
    const refused = news.refused.map(({ file, findings }) => ({ file, message: told(findings) }));
    const dropped = news.contracts.map(standingOf);
    const found = await findManifests(folder, [...this.#own, ...dropped]);
    const fulfilments = this.#compile(found, refused);
    const good: Standing[] = [];
    for (const standing of [...this.#own, ...dropped]) {
      try {
        refuseReserved(standing);
        this.#install([...good, standing], fulfilments);
        good.push(standing);
      } catch (error) {
        const file = path.join(folder, standing.contract.id);
        refused.push({ file, message: (error as Error).message });
        // Ours run at least as they stood before.
        if (this.#own.includes(standing)) {
          fulfilments.delete(standing.contract.id);
          good.push(standing);
        }
      }
    }
    // Also after a refusal, and when the last one left: the edge stands for exactly what is good.
    this.#install(good, fulfilments);
    this.#fulfilments = fulfilments;
    this.#options.lines.keep(new Set([...fulfilments.values()].map(({ lines }) => lines)));
    this.#isFirst = false;
    return {
      running: good.filter((each) => !this.#own.includes(each)).map(({ contract }) => contract.id),
      upstreams: [...fulfilments].map(([contract, { upstream, handlers }]) => ({
        contract,
        upstream,
        operations: Object.keys(handlers).length,
      })),
      refused,
    };
  }

  /** By contract. What can no longer be read goes on as it was: falling back to our own rows would split the truth. */
  #compile(found: readonly FoundManifest<Standing>[], refused: Reloaded['refused']): Map<string, Fulfilment> {
    const fulfilments = new Map<string, Fulfilment>();
    for (const { file, standing, read } of found) {
      const id = standing?.contract.id ?? '';
      const before = this.#fulfilments.get(id);
      try {
        if (standing === undefined) throw new Error('there is no contract beside it, and no capability of that name');
        if ('findings' in read) throw new Error(told(read.findings));
        const { contract, owners } = standing;
        fulfilments.set(id, fulfil({ ...read, contract, owners, book: this.#options.lines }));
      } catch (error) {
        refused.push({ file, message: (error as Error).message });
        if (before !== undefined) fulfilments.set(id, before);
        else if (this.#isFirst && standing !== undefined) fulfilments.set(id, nobody(standing));
      }
    }
    return fulfilments;
  }

  #install(standings: readonly Standing[], fulfilments: ReadonlyMap<string, Fulfilment>): void {
    const bindings = standings.map(({ contract, handlers, owners, mocked }): Binding => {
      const upstream = fulfilments.get(contract.id);
      return {
        contract,
        handlers: { ...handlers, ...upstream?.handlers },
        owners: { ...owners, ...upstream?.owners },
        messages: upstream?.messages ?? {},
        untold: upstream?.untold ?? {},
        ...(mocked && upstream?.upstream !== '' ? { mock: this.#mock(contract) } : {}),
      };
    });
    this.#options.edge.install(bindings);
    this.#contracts = bindings.map(({ contract }) => contract);
  }

  #mock(contract: Contract): MockDispatch {
    let store = this.#stores.get(contract.id);
    if (!store) this.#stores.set(contract.id, (store = new MemoryStore()));
    return mockFor(contract, { store });
  }
}

/** Throws an Error in words where the platform itself would answer. */
function refuseReserved({ contract: { basePath, operations } }: Standing): void {
  const shadowed = operations.find(({ path: each }) => isReserved(basePath + each));
  if (shadowed !== undefined)
    throw new Error(`${shadowed.id}: the platform itself answers ${basePath}${shadowed.path}. Use another base path.`);
}

function standingOf({ contract, handlers, folder }: Dropped): Standing {
  return { contract, handlers, owners: {}, mocked: true, folder };
}

/** A manifest that was never read says that the truth lies elsewhere, and not where: nobody may answer. */
function nobody({ contract }: Standing): Fulfilment {
  const unread = {
    kind: 'read' as const,
    run: () => Promise.resolve({ kind: 'problem', code: 'not-implemented', values: {} }),
  };
  return {
    upstream: '',
    lines: { lines: [] } as never,
    handlers: Object.fromEntries(contract.operations.map(({ id }) => [id, unread])),
    owners: {},
    messages: {},
    untold: {},
    ask: () => Promise.resolve(undefined),
  };
}

function told(findings: readonly Finding[]): string {
  return findings
    .map(({ line, column, message, fix }) => `${line}:${column} ${message}${fix === undefined ? '' : ` ${fix}`}`)
    .join('; ');
}
