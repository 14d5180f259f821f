// What a state means at a glance. A contract says which states exist; this says how the common ones feel.

export type Tone = 'neutral' | 'info' | 'positive' | 'caution' | 'critical';

const tones: Readonly<Record<string, Tone>> = {
  active: 'positive',
  accepted: 'positive',
  approved: 'positive',
  captured: 'positive',
  completed: 'positive',
  delivered: 'positive',
  done: 'positive',
  fulfilled: 'positive',
  given: 'positive',
  launched: 'positive',
  live: 'positive',
  open: 'info',
  paid: 'positive',
  placed: 'info',
  posted: 'positive',
  new: 'info',
  received: 'info',
  resolved: 'positive',
  settled: 'positive',
  sent: 'positive',
  succeeded: 'positive',
  verified: 'positive',
  blocked: 'critical',
  cancelling: 'caution',
  declined: 'critical',
  expired: 'caution',
  failed: 'critical',
  frozen: 'caution',
  held: 'caution',
  overdue: 'critical',
  paused: 'caution',
  pending: 'caution',
  processing: 'info',
  rejected: 'critical',
  requested: 'info',
  revoked: 'critical',
  suspended: 'caution',
  unknown: 'caution',
  waiting: 'caution',
  waitingCustomer: 'caution',
};

/** States that are over without being good or bad (`cancelled`, `closed`, `retired`) stay neutral. */
export function toneOf(state: string): Tone {
  return tones[state] ?? 'neutral';
}
