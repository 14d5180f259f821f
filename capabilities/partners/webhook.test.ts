import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { attemptDelivery, nextAttempt, retryAfterS } from './webhook.ts';

const now = Temporal.Now.instant();
const out = {
  url: 'https://example.com/hook',
  secret: `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`,
  eventId: 'evt_1',
  payload: '{"a":1}',
  now,
};

describe('a delivery', () => {
  it('is signed so that the reference implementation accepts it, and nothing else', async () => {
    let seen: { headers: Readonly<Record<string, string>>; body: string } | undefined;
    const result = await attemptDelivery(({ headers = {}, body }) => {
      seen = { headers, body: String(body) };
      return Promise.resolve({ status: 204, headers: {}, body: '' });
    }, out);
    expect(result).toMatchObject({ ok: true, status: 204, outcome: 'delivered' });
    expect(new Webhook(out.secret).verify(seen?.body ?? '', seen?.headers as Record<string, string>)).toEqual({ a: 1 });
    expect(() => new Webhook(out.secret).verify('{"a":2}', seen?.headers as Record<string, string>)).toThrow(
      'signature',
    );
  });

  it('that is redirected or not answered has failed', async () => {
    expect(await attemptDelivery(() => Promise.resolve({ status: 302, headers: {}, body: '' }), out)).toMatchObject({
      ok: false,
      outcome: 'answered 302',
    });
    expect(await attemptDelivery(() => Promise.reject(new Error('refused')), out)).toMatchObject({
      ok: false,
      outcome: 'refused',
    });
  });

  it('is tried twelve times over about two days', () => {
    expect(retryAfterS).toHaveLength(11);
    expect(nextAttempt(1, now)?.since(now).total('seconds')).toBe(5);
    expect(nextAttempt(12, now)).toBeUndefined();
  });
});
