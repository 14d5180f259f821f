import { type ReadHandler, reply } from '@plinth/runtime';
import { policyState } from '../policy-state.ts';

export const getPolicy: ReadHandler<'personalization.getPolicy'> = async (_input, ctx) =>
  reply(200, await policyState(ctx.db));
