// What a contract's policy means for whoever calls, in plain sentences: for pages, Markdown and people.

import type { Contract, Operation } from '../model/contract.ts';
import { keyModeOf } from './descriptor.ts';

/** One sentence per fact, most important first. */
export function policyWords(contract: Contract, operation: Operation): string[] {
  const { policy, security, deprecated } = operation;
  const words: string[] = [];
  words.push(stageWords(policy, deprecated), effectWords(policy.effect), repeatWords(contract, operation));
  if (policy.precondition === 'required') words.push('Needs `If-Match` with the ETag the change is based on.');
  const scopes = [...new Set((security ?? []).flatMap((entry) => Object.values(entry).flat()))];
  if (security?.length === 0) words.push('Needs no sign-in.');
  else if (scopes.length > 0) words.push(`Needs the scope ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`);
  if (policy.audience.length > 0 && policy.audience.length < 6) words.push(`For ${listOf(policy.audience)}.`);
  if (policy.channel) words.push(`Offered in ${listOf(policy.channel)}.`);
  for (const { per, quota, windowS, cost = 1 } of policy.limits)
    words.push(
      `At most ${quota} calls in ${duration(windowS)} per ${per}${cost > 1 ? `, of which this counts as ${cost}` : ''}.`,
    );
  if (policy.live) words.push(`Can be watched over \`/live\`: ${listOf(policy.live.events)} may change it.`);
  if (policy.purpose.length > 0) words.push(`Needs the customer's consent to ${listOf(policy.purpose)}.`);
  if (policy.ownerCheck.length > 0) words.push('Answers only for what belongs to the caller.');
  if (policy.skill?.confirm === 'readback' || policy.skill?.confirm === 'url')
    words.push('Software acting for a customer asks them before it is done.');
  return words.filter((sentence) => sentence !== '');
}

function stageWords({ stage, deprecation }: Operation['policy'], deprecated: boolean): string {
  if (stage === 'retired') return 'Gone: it answers 410.';
  if (!deprecated && stage !== 'deprecated' && deprecation === undefined)
    return stage === 'stable' ? '' : `In ${stage}: it may still change.`;
  const { sunset, successor, reason } = deprecation ?? {};
  return [
    'Deprecated: do not build anything new on it.',
    sunset === undefined ? '' : `It goes on ${sunset}.`,
    successor === undefined ? '' : `Use \`${successor}\`.`,
    reason === undefined || reason === '' ? '' : /[.!?]$/.test(reason) ? reason : `${reason}.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function effectWords(effect: Operation['policy']['effect']): string {
  if (effect === 'read') return 'Reads; changes nothing.';
  return effect === 'destructive' ? 'Changes something that cannot simply be changed back.' : 'Changes something.';
}

function repeatWords(contract: Contract, operation: Operation): string {
  const { policy, method } = operation;
  if (policy.effect === 'read') return 'Safe to repeat.';
  const kept = duration(policy.idempotency.retainS);
  const mode = keyModeOf(contract, operation);
  if (mode === 'required') return `Needs a key; safe to repeat with the same key for ${kept}.`;
  if (mode === 'optional') return `Safe to repeat with the same key for ${kept}.`;
  return method === 'put' || method === 'delete' ? 'Repeating has no further effect.' : 'Repeating acts again.';
}

const units: readonly [seconds: number, word: string][] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** `24 hours`, `7 days`, `1 minute`; the largest unit that fits at least twice, or exactly. */
export function duration(seconds: number): string {
  for (const [size, word] of units) {
    const count = seconds / size;
    if (!Number.isInteger(count) || count < 1 || (size === 86_400 && count === 1)) continue;
    return `${count} ${word}${count === 1 ? '' : 's'}`;
  }
  return `${seconds} seconds`;
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
