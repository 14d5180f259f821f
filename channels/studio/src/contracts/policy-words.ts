// What a contract says of an operation besides its shapes, in words for people who design contracts.

import { type ContractOperation, humanize } from '@plinth/channels-ui';

interface Skill {
  phrases?: string[];
  confirm?: string;
  tool?: boolean;
}

/** Where the operation appears without anybody writing a page or an integration for it. */
export function touchpointsOf({ audience, channels, policy, descriptor }: ContractOperation): string[] {
  const skill = (policy['skill'] ?? {}) as Skill;
  const isOn = (channel: string): boolean => channels === undefined || channels.includes(channel);
  const hasPhrases = (skill.phrases ?? []).length > 0;
  const found: [string, boolean][] = [
    ['API', true],
    ['Portal form', audience.includes('customer') && isOn('web')],
    ['Chat skill', audience.includes('customer') && hasPhrases && isOn('chat')],
    ['Kiosk task', audience.includes('device') && (channels === undefined ? hasPhrases : channels.includes('kiosk'))],
    ['Agent tool', audience.includes('agent') && skill.tool !== false && isOn('mcp')],
    ['Desk', audience.includes('staff') && isOn('desk')],
    ['Partners', audience.includes('partner') && isOn('partner')],
    ['Events', descriptor.effect !== 'read' && Array.isArray(policy['emits']) && policy['emits'].length > 0],
  ];
  return found.flatMap(([name, is]) => (is ? [name] : []));
}

export function policyWords(operation: ContractOperation): { term: string; value: string }[] {
  const { policy, descriptor, audience, security } = operation;
  const skill = (policy['skill'] ?? {}) as Skill;
  const scopes = ((Array.isArray(security) ? security : []) as Record<string, string[]>[]).flatMap((each) =>
    Object.values(each).flat(),
  );
  const rows: [string, string][] = [
    ['Who', audience.map(humanize).join(', ')],
    ['Scopes', [...new Set(scopes)].join(', ')],
    ['Whose', ownerWords(policy['ownerCheck'])],
    ['Effect', effectWords(descriptor.effect)],
    ['Idempotency', descriptor.effect === 'read' ? '' : humanize(descriptor.idempotency)],
    ['Limits', limitWords(policy['limits'])],
    ['Needs consent to', namesOf(policy['purpose']).join(', ')],
    ['Confirmed by', skill.confirm === 'readback' ? 'The customer, after it was read back' : ''],
    ['Events', namesOf(policy['emits'], 'event').join(', ')],
    ['Problems', namesOf(policy['problems']).join(', ')],
    ['Said like', (skill.phrases ?? []).slice(0, 4).join(' · ')],
  ];
  return rows.flatMap(([term, value]) => (value === '' ? [] : [{ term, value }]));
}

function effectWords(effect: string): string {
  if (effect === 'read') return 'Reads';
  return effect === 'destructive' ? 'Changes for good' : 'Changes';
}

function ownerWords(check: unknown): string {
  const [first] = [check].flat() as ({ object?: string; list?: boolean; deny?: number } | undefined)[];
  if (!first?.object) return '';
  return first.list ? `Only the caller’s own ${first.object}s` : `Only the owner of the ${first.object}`;
}

function limitWords(limits: unknown): string {
  const list = (Array.isArray(limits) ? limits : []) as { per: string; quota: number; windowS: number }[];
  return list.map(({ per, quota, windowS }) => `${quota} in ${windowS} s per ${per}`).join(', ');
}

function namesOf(value: unknown, member?: string): string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  return list.map((each) => {
    const inner =
      member && typeof each === 'object' && each !== null ? (each as Record<string, unknown>)[member] : each;
    return typeof inner === 'string' ? inner : '';
  });
}
