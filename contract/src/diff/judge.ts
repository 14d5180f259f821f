// Which of the changes of a schema are findings. The table says what a change may mean; a proof says that it does not; a
// witness shows that it does.

import type { Contract, JsonValue, Schema } from '../model/contract.ts';
import type { Equality } from './equal.ts';
import { diffRule, type DiffRule } from './rules.ts';
import type { SchemaChange } from './schema-changes.ts';
import { Prover } from './subsumes.ts';
import type { Located } from './walk.ts';
import { Witnesses } from './witness.ts';

/** Who sends what is compared, and whether its objects take what they do not name. */
export interface Flow {
  /** `sent`: by callers, so old values must stay valid. `read`: by callers, so new values must have been valid. */
  by: 'sent' | 'read';
  closed: boolean;
}

export interface Judged extends Located {
  /** Looks for the value that shows it; only for what breaks, and only when somebody asks: it costs milliseconds. */
  show?: () => JsonValue | undefined;
}

export interface Judgement {
  changes: Judged[];
  /** Set when the changes do not say it all: a proof and no word, or no proof and nothing that would explain that. */
  verdict?: 'compatible' | 'unproven' | 'refuted';
  /** The value that refutes it. */
  witness?: JsonValue;
  /** The change that the proof could not follow, where there is one. */
  at?: Located;
}

interface Both {
  old: Schema;
  fresh: Schema;
}

export class Judge {
  readonly #base: Contract;
  readonly #revision: Contract;
  readonly #equality: Equality;
  readonly #witnesses = new Witnesses();
  readonly #provers = new Map<string, Prover>();

  constructor(base: Contract, revision: Contract, equality: Equality) {
    this.#base = base;
    this.#revision = revision;
    this.#equality = equality;
  }

  /** `rulesOf` names the rules of a change at this place: none for one that says nothing on this day. */
  judge(whole: Both, located: readonly Located[], flow: Flow, rulesOf: (change: Located) => string[]): Judgement {
    const proved = this.#fits(whole, flow);
    const same = proved && this.#fits(whole, flow, true);
    const judged = located.flatMap((one) => {
      const verdict = this.#judgeOne({ whole, one, proved, same }, flow, rulesOf(one).map(diffRule));
      return verdict === undefined ? [] : [verdict];
    });
    const changes = judged.map(({ change }) => change);
    const explained = judged.some((one) => one.explains);
    if (proved) return !same && changes.length === 0 ? { changes, verdict: 'compatible' } : { changes };
    if (explained) return { changes };
    const witness = this.#witness(whole, { ...whole, path: '', forms: [], change: undefined }, flow);
    if (witness !== undefined) return { changes, verdict: 'refuted', witness };
    const at = judged.find(({ fits }) => !fits)?.change;
    return { changes, verdict: 'unproven', ...(at === undefined ? {} : { at }) };
  }

  /** undefined when a proof takes the change away. */
  #judgeOne(
    { whole, one, proved, same }: { whole: Both; one: Located; proved: boolean; same: boolean },
    flow: Flow,
    rules: readonly DiffRule[],
  ): { change: Judged; explains: boolean; fits: boolean } | undefined {
    const breaks = rules.some((rule) => rule.level !== 'info');
    if (!rules.some((rule) => rule.provable)) return { change: one, explains: breaks, fits: true };
    const fits = proved || this.#fits(one, flow);
    if (fits && (breaks || same || this.#fits(one, flow, true))) return undefined;
    return {
      change: breaks ? { ...one, show: () => this.#witness(whole, one, flow) } : one,
      explains: breaks || (!fits && rules.some((rule) => !rule.harmless)),
      fits,
    };
  }

  /** A proof that what was right stays right; turned: that nothing more is right. */
  #fits({ old, fresh }: Both, flow: Flow, turned = false): boolean {
    const forward = (flow.by === 'sent') !== turned;
    const [small, large] = forward ? [old, fresh] : [fresh, old];
    const key = `${flow.by} ${flow.closed} ${turned}`;
    let prover = this.#provers.get(key);
    if (prover === undefined) this.#provers.set(key, (prover = this.#proverOf(flow, turned, forward)));
    return prover.proves(small, large);
  }

  #proverOf({ by, closed }: Flow, turned: boolean, forward: boolean): Prover {
    const mark = by === 'sent' ? 'readOnly' : 'writeOnly';
    const base = { document: this.#base.document, mark, closed } as const;
    const revision = { document: this.#revision.document, mark, closed } as const;
    return new Prover(
      forward
        ? { smaller: base, larger: revision, alike: (a, b) => this.#equality.equal(a, b), open: turned }
        : { smaller: revision, larger: base, alike: (a, b) => this.#equality.equal(b, a), open: by === 'read' },
    );
  }

  #witness(
    whole: Both,
    { old, fresh, path, forms, change }: Omit<Located, 'change'> & { change: SchemaChange | undefined },
    { by, closed }: Flow,
  ): JsonValue | undefined {
    const before = { contract: this.#base, whole: whole.old, part: old };
    const after = { contract: this.#revision, whole: whole.fresh, part: fresh };
    return this.#witnesses.find({
      valid: by === 'sent' ? before : after,
      refused: by === 'sent' ? after : before,
      direction: by === 'sent' ? 'request' : 'response',
      closed,
      path,
      forms: forms.map((form) => ({ path: form.path, schema: by === 'sent' ? form.old : form.fresh })),
      change,
    });
  }
}
