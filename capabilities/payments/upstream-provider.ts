import { type EventKey, fromWireId, type OpenContext, ProblemError, toWireId } from '@plinth/runtime';
import { declinedByBank, type NoticeSubject, type Provider, type ProviderAnswer } from './provider.ts';
import type { ProviderNotice, ProviderOrder } from './provider.ts';

/** What the contract payment-provider answers. */
interface Told {
  state: 'authorized' | 'accepted' | 'refused' | 'pending';
  attemptId?: string;
}

/** What its messages say: the schema `Notice` of that contract. */
interface Notice {
  paymentId: string;
  about: NoticeSubject;
  state: 'done' | 'refused';
  attemptId: string;
  amount: { amount: number; currency: string };
}

const operations = {
  authorize: 'payment-provider.authorize',
  capture: 'payment-provider.capture',
  refund: 'payment-provider.refund',
  void: 'payment-provider.void',
} as const;

type Ask = (operation: string, input: unknown, options: { key: string }) => Promise<Told>;

/**
 * Whoever fulfils the contract `payment-provider`: a manifest beside it says which company and how. Guards, keys and lost
 * answers are the edge's matter; whatever is not certain is asked again under the same key.
 */
export const upstreamProvider: Provider = {
  name: 'upstream',
  calls: Object.values(operations),
  knows: (method) => /^[A-Za-z0-9_-]{1,100}$/.test(method),
  async send(ctx, order) {
    try {
      return answerOf(await ask(ctx, order));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      // A refusal of the request itself is final; anything else may have happened, or may yet.
      const isFinal = error.code === 'payment-provider.declined';
      return isFinal ? declinedByBank : { state: 'no-answer' };
    }
  },
  // Of a contract beside the platform, so it is not among the generated events.
  notices: { event: 'provider.notified' as EventKey, read: (data) => noticeOf(data as Notice) },
};

function ask(ctx: OpenContext, { key, kind, paymentId, method, amountMinor, currency }: ProviderOrder): Promise<Told> {
  const body = {
    key,
    paymentId: toWireId('pay', paymentId),
    ...(kind === 'authorize' ? { method } : {}),
    ...(kind === 'void' ? {} : { amount: { amount: Number(amountMinor), currency } }),
  };
  // The contract is installed beside the platform, so its types are not among the generated ones.
  return (ctx.call as unknown as Ask)(operations[kind], { body }, { key });
}

function answerOf({ state, attemptId: theirs }: Told): ProviderAnswer {
  if (state === 'pending') return { state: 'no-answer' };
  return state === 'refused' ? declinedByBank : { state: 'succeeded', theirs };
}

function noticeOf({ paymentId, about, state, attemptId: theirs, amount }: Notice): ProviderNotice | undefined {
  const id = fromWireId('pay', paymentId);
  if (id === undefined) return undefined;
  const { amount: minor, currency } = amount;
  return { paymentId: id, about, isDone: state === 'done', theirs, amountMinor: BigInt(minor), currency };
}
