// Everyday words for the same thing, whatever the business. Each group counts as one word beside the word itself.

import { stem } from './stem.ts';

const groups = [
  'parcel package delivery shipment order purchase',
  'buy purchase bought order',
  'ship send sent dispatch deliver arrive',
  'show see view list display read look',
  'cancel stop revoke call',
  'freeze block lock suspend disable pause',
  'unfreeze unblock unlock reactivate enable resume',
  'change update edit modify alter correct',
  'remove delete erase',
  'complaint complain problem issue trouble wrong broken',
  'ticket request case complaint',
  'money funds balance',
  'pay payment',
  'transfer send',
  'profile details data account information',
  'message notification news inbox',
  'points rewards loyalty bonus',
  'track follow status where',
  'lost stolen missing',
  'shop store catalogue products articles goods',
  'consent permission privacy',
  'lately recent recently latest last',
  'want like need',
  'phone telephone mobile number',
  'arrive come coming',
];

const byStem = new Map<string, number[]>();
for (const [index, group] of groups.entries())
  for (const word of group.split(' ')) byStem.set(stem(word), [...(byStem.get(stem(word)) ?? []), index]);

/** Numbers of the groups a stem belongs to. */
export function groupsOf(wordStem: string): readonly number[] {
  return byStem.get(wordStem) ?? [];
}
