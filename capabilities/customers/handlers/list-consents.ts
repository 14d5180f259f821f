import { type ReadHandler, reply } from '@plinth/runtime';
import { purposes, toConsent } from '../consent.ts';
import { resolveMe } from '../customer.ts';

export const listConsents: ReadHandler<'customers.listConsents'> = async (input, ctx) => {
  const known = await ctx.consents.list(ctx.db, resolveMe(input.customerId, ctx.principal));
  const byPurpose = new Map(known.map((consent) => [consent.purpose, consent]));
  return reply(200, { items: purposes.map((purpose) => toConsent(purpose, byPurpose.get(purpose))), next: null });
};
