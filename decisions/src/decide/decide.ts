// The decision: one pure function from input to output. Stages in order; each may remove, none brings back; everything
// removed says where it fell and why. The explanation is this trace, never written separately.

import { compileRule, type Rule, type Scope, type Value } from '../rules/rule.ts';

/** One thing that can be proposed, as CX people write it. */
export interface Action {
  action: string;
  kind: 'offer' | 'recommendation' | 'service' | 'alert';
  title: string;
  group?: string;
  enabled: boolean;
  purposes?: readonly string[];
  eligible?: string;
  applicable?: string;
  suitable?: string;
  value?: number;
  prior?: number;
  cap?: { count: number; days: number };
  generator?: 'itemKnn' | 'popular';
  treatments: readonly Treatment[];
  accept?: { operation: string; input: Readonly<Record<string, unknown>> };
}

export interface Treatment {
  slot: string;
  title: string;
  text?: string;
  /** Reason in the customer's words; `{name}` marks are filled from profile and item. */
  because?: string;
  label?: string;
}

export interface CompiledAction extends Action {
  rules: { eligible: Rule; applicable: Rule; suitable: Rule };
}

/** Compiles the rules of a policy. Throws RuleFault of the first bad one. */
export function compileAction(action: Action): CompiledAction {
  return {
    ...action,
    rules: {
      eligible: compileRule(action.eligible ?? ''),
      applicable: compileRule(action.applicable ?? ''),
      suitable: compileRule(action.suitable ?? ''),
    },
  };
}

export interface Item {
  sku: string;
  name: string;
  price?: { amount: number; currency: string };
  /** What speaks for it, in words. */
  because: string;
  score: number;
}

export interface DecideInput {
  slots: readonly { slot: string; max: number }[];
  actions: readonly CompiledAction[];
  scope: Scope;
  /** Purposes consented to. */
  consents: readonly string[];
  /** Shows of an action within its cap's days, refusals lately, never-agains. */
  contacts: Readonly<Record<string, { shown: number; refused: number; never: boolean; accepted: number }>>;
  /** Items of each generator, best first. */
  items: Readonly<Record<string, readonly Item[]>>;
}

export type Outcome =
  | 'chosen'
  | 'consent'
  | 'eligible'
  | 'applicable'
  | 'suitable'
  | 'already'
  | 'cap'
  | 'refused'
  | 'no-treatment'
  | 'outranked';

export interface Candidate {
  actionId: string;
  slot: string;
  outcome: Outcome;
  reason: string;
  score: number;
}

export interface DecidedItem {
  actionId: string;
  kind: Action['kind'];
  rank: number;
  title: string;
  text?: string;
  because: string;
  label?: string;
  item?: { sku: string; name: string; price?: { amount: number; currency: string } };
  accept?: { operation: string; input: Readonly<Record<string, unknown>> };
}

export interface DecideOutput {
  slots: { slot: string; items: DecidedItem[] }[];
  candidates: Candidate[];
}

/** Accepted often enough to weigh an observed rate against the prior: strength of the prior in shows. */
const priorStrength = 20;

/** Decides all slots of one request together: nothing is shown twice. */
export function decide(input: DecideInput): DecideOutput {
  const taken = new Set<string>();
  const candidates: Candidate[] = [];
  const slots = input.slots.map(({ slot, max }) => {
    const ranked = rank(input, slot, candidates, taken);
    const items: DecidedItem[] = [];
    for (const entry of ranked) {
      if (items.length >= max) {
        candidates.push({
          actionId: entry.action.action,
          slot,
          outcome: 'outranked',
          reason: `${items[0]?.title ?? 'another'} came first`,
          score: entry.score,
        });
        continue;
      }
      taken.add(entry.key);
      items.push(toItem(entry, items.length + 1, input.scope));
      candidates.push({
        actionId: entry.action.action,
        slot,
        outcome: 'chosen',
        reason: items.at(-1)?.because ?? '',
        score: entry.score,
      });
    }
    return { slot, items };
  });
  return { slots, candidates };
}

interface Ranked {
  action: CompiledAction;
  treatment: Treatment;
  item?: Item;
  /** Action and item: the same pair is shown once. */
  key: string;
  score: number;
}

function rank(input: DecideInput, slot: string, candidates: Candidate[], taken: ReadonlySet<string>): Ranked[] {
  const ranked: Ranked[] = [];
  for (const action of input.actions) {
    const treatment = action.treatments.find((entry) => entry.slot === slot);
    const fell = judge(input, action, treatment);
    if (fell) {
      candidates.push({ actionId: action.action, slot, score: 0, ...fell });
      continue;
    }
    const score = scoreOf(input, action);
    const items: (Item | undefined)[] = action.generator
      ? [...(input.items[action.generator] ?? [])].slice(0, 4)
      : [undefined];
    for (const item of items) {
      const key = `${action.action}/${item?.sku ?? ''}`;
      // Slots of one page do not repeat each other.
      if (!taken.has(key))
        ranked.push({
          action,
          treatment: treatment as Treatment,
          key,
          score: item ? score * (0.5 + item.score / 2) : score,
          ...(item ? { item } : {}),
        });
    }
  }
  return ranked.toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}

/** The stage at which an action falls, or undefined. */
function judge(
  input: DecideInput,
  action: CompiledAction,
  treatment: Treatment | undefined,
): { outcome: Outcome; reason: string } | undefined {
  if (!treatment) return { outcome: 'no-treatment', reason: 'it has no treatment for this slot' };
  const missing = (action.purposes ?? []).find((purpose) => !input.consents.includes(purpose));
  if (missing) return { outcome: 'consent', reason: `no consent to ${missing}` };
  for (const stage of ['eligible', 'applicable', 'suitable'] as const) {
    const verdict = action.rules[stage].test(input.scope);
    if (!verdict.passes) return { outcome: stage, reason: verdict.because };
  }
  const contact = input.contacts[action.action];
  if (contact?.never) return { outcome: 'refused', reason: 'the customer never wants to see it again' };
  if (contact && contact.refused > 0) return { outcome: 'refused', reason: 'refused lately' };
  if (contact && contact.accepted > 0 && action.kind === 'offer')
    return { outcome: 'already', reason: 'accepted lately' };
  if (action.cap && contact && contact.shown >= action.cap.count)
    return { outcome: 'cap', reason: `shown ${contact.shown} times in ${action.cap.days} days` };
  if (action.generator && (input.items[action.generator] ?? []).length === 0)
    return { outcome: 'applicable', reason: 'there is no item to suggest' };
  return undefined;
}

/** p × v: probability of acceptance (prior with what was seen, Beta smoothing) times declared value. */
function scoreOf(input: DecideInput, action: CompiledAction): number {
  const contact = input.contacts[action.action];
  const prior = action.prior ?? 0.05;
  const rate = (prior * priorStrength + (contact?.accepted ?? 0)) / (priorStrength + (contact?.shown ?? 0));
  return rate * (action.value ?? 1);
}

function toItem({ action, treatment, item }: Ranked, place: number, scope: Scope): DecidedItem {
  const values: Record<string, Value> = {
    ...scope.profile,
    ...scope.context,
    ...(item ? { name: item.name, sku: item.sku, because: item.because } : {}),
  };
  const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => textOf(values[name]));
  const accept = action.accept && { operation: action.accept.operation, input: fillInput(action.accept.input, values) };
  return {
    actionId: item ? `${action.action}/${item.sku}` : action.action,
    kind: action.kind,
    rank: place,
    title: fill(treatment.title),
    ...(treatment.text ? { text: fill(treatment.text) } : {}),
    because: fill(treatment.because ?? item?.because ?? 'Because it may be useful to you'),
    ...(treatment.label ? { label: fill(treatment.label) } : {}),
    ...(item ? { item: { sku: item.sku, name: item.name, ...(item.price ? { price: item.price } : {}) } } : {}),
    ...(accept ? { accept } : {}),
  };
}

/** What a text says for a mark; what is no word or number is left out. */
function textOf(value: Value | undefined): string {
  return typeof value === 'object' ? '' : String(value ?? '');
}

/** Fills `{sku}` marks anywhere in the pre-filled input. */
function fillInput(
  value: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, Value>>,
): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'string' ? part.replaceAll(/\{(\w+)\}/g, (_, name: string) => textOf(values[name])) : part,
  ) as Record<string, unknown>;
}
