// What a contract says of an operation besides its shapes, in words.

import { humanize, type ContractOperation } from '@plinth/channels-ui';

interface Limit {
  per: string;
  quota: number;
  windowS: number;
}

/** Facts worth knowing before calling, best first. */
export function factsOf(operation: ContractOperation): { term: string; value: string }[] {
  const { policy, descriptor, audience } = operation;
  const scopes = scopesOf(operation);
  const limits = (Array.isArray(policy['limits']) ? policy['limits'] : []) as Limit[];
  return [
    { term: 'Who may call', value: audience.map(humanize).join(', ') || 'Everybody' },
    { term: 'Scopes', value: scopes.join(', ') || 'None' },
    { term: 'Effect', value: effectWords(descriptor.effect) },
    ...(descriptor.effect === 'read' ? [] : [{ term: 'Idempotency-Key', value: humanize(descriptor.idempotency) }]),
    ...limits.map(({ per, quota, windowS }) => ({
      term: 'Limit',
      value: `${quota} in ${secondsWords(windowS)}, per ${per}`,
    })),
  ];
}

export function scopesOf({ security }: ContractOperation): string[] {
  const alternatives = (Array.isArray(security) ? security : []) as Record<string, string[]>[];
  return [...new Set(alternatives.flatMap((each) => Object.values(each).flat()))];
}

function effectWords(effect: string): string {
  if (effect === 'read') return 'Reads; changes nothing';
  return effect === 'destructive' ? 'Changes something that cannot simply be changed back' : 'Changes something';
}

/** `60 s`, `1 minute`, `1 hour`. */
export function secondsWords(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? '1 hour' : `${seconds / 3600} hours`;
  if (seconds % 60 === 0) return seconds === 60 ? '1 minute' : `${seconds / 60} minutes`;
  return `${seconds} s`;
}

/** Codes of problems, those of its own contract first, with the status they come with. */
export function problemsOf(
  operation: ContractOperation,
  answers: Readonly<Record<string, unknown>>,
): { code: string; status: number }[] {
  const own = namesOf(operation.policy['problems']);
  const found = Object.entries(answers).flatMap(([status, answer]) => {
    const description = (answer as { description?: string } | undefined)?.description ?? '';
    return Number(status) < 400
      ? []
      : [...new Set(description.split(', '))]
          .filter((code) => /^[a-z][\w.-]+$/.test(code))
          .map((code) => ({ code, status: Number(status) }));
  });
  const isOwn = ({ code }: { code: string }): boolean => own.includes(code);
  return [...found.filter(isOwn), ...found.filter((each) => !isOwn(each))];
}

export function eventsOf({ policy }: ContractOperation): string[] {
  return (Array.isArray(policy['emits']) ? policy['emits'] : []).map((each: unknown) =>
    typeof each === 'string' ? each : ((each as { event?: string }).event ?? ''),
  );
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
