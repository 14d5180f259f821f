import { type ReadHandler, reply } from '@plinth/runtime';
import { factsOf } from '../decision.ts';
import { features, profileOf } from '../profile.ts';

export const getProfile: ReadHandler<'personalization.getProfile'> = async (input, ctx) => {
  const customerId = input.customerId === 'me' ? (ctx.principal.customerId ?? input.customerId) : input.customerId;
  const given = (await ctx.consents.list(ctx.db, customerId))
    .filter((consent) => consent.given)
    .map((consent) => consent.purpose);
  const profile = profileOf(await factsOf(ctx.db, customerId), ctx.clock.now(), given);
  return reply(200, {
    customerId,
    features: Object.entries(profile).map(([name, value]) => ({ name, words: features[name]?.words ?? name, value })),
  });
};
