import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import { isWebhookSecret } from './webhook-secrets.ts';
import { newWebhookSecret, type ReceivedMessage, signatureFault, signatureHeaders } from './webhook-signature.ts';

/** The vector of the Standard Webhooks reference implementations. */
const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  seconds: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

const received = (headers: Record<string, string>, body: string): ReceivedMessage => ({
  id: headers['webhook-id'],
  timestamp: headers['webhook-timestamp'],
  signature: headers['webhook-signature'],
  body: Buffer.from(body),
});
const good = received(signatureHeaders([vector.secret], vector), vector.body);
const faultOf = (change: Partial<ReceivedMessage> = {}, nowS = vector.seconds, secrets = [vector.secret]) =>
  signatureFault({ ...good, ...change }, { secrets, nowS, toleranceS: 300 });

it('signs as the published vector says', () => {
  expect(signatureHeaders([vector.secret], vector)['webhook-signature']).toBe(vector.signature);
  expect(faultOf()).toBeUndefined();
});

it('secrets are whsec_ and 32 random bytes', () => {
  const secrets = Array.from({ length: 100 }, newWebhookSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
  expect(secrets.every(isWebhookSecret)).toBe(true);
  for (const wrong of ['', 'whsec_', 'whsec_AAAA', vector.secret.slice(6), `${vector.secret}!`])
    expect(isWebhookSecret(wrong)).toBe(false);
});

describe('between this and the reference implementation', () => {
  const random = seededRandom(7);
  const bodies = Array.from({ length: 200 }, (_, n) => '{"é":"'.concat('x'.repeat(random.int(2000)), String(n), '"}'));

  it('messages pass both ways', () => {
    const nowS = Math.floor(Date.now() / 1000);
    for (const [n, body] of bodies.entries()) {
      const secret = newWebhookSecret();
      const headers = signatureHeaders([newWebhookSecret(), secret], { id: `msg_${n}`, seconds: nowS, body });
      expect(new Webhook(secret).verify(body, headers)).toBeDefined();
      const theirs = new Webhook(secret).sign(`msg_${n}`, new Date(nowS * 1000), body);
      const message = received({ ...headers, 'webhook-signature': theirs }, body);
      expect(signatureFault(message, { secrets: [secret], nowS, toleranceS: 300 })).toBeUndefined();
    }
  });
});

describe('is not believed:', () => {
  const nearly: [string, Partial<ReceivedMessage>, string][] = [
    ['without id', { id: undefined }, 'missing'],
    ['without time', { timestamp: undefined }, 'missing'],
    ['without signature', { signature: undefined }, 'missing'],
    ['an id with a full stop', { id: 'msg.1' }, 'malformed'],
    ['an empty id', { id: '' }, 'malformed'],
    ['another id', { id: 'msg_other' }, 'wrong'],
    ['a time that is none', { timestamp: '1e9' }, 'malformed'],
    ['a time with a sign', { timestamp: '+1614265330' }, 'malformed'],
    ['a time with spaces', { timestamp: ' 1614265330' }, 'malformed'],
    ['a time with zeros', { timestamp: '01614265330' }, 'malformed'],
    ['another second', { timestamp: '1614265331' }, 'wrong'],
    ['an empty signature', { signature: '' }, 'wrong'],
    ['no version', { signature: vector.signature.slice(3) }, 'wrong'],
    ['another version', { signature: vector.signature.replace('v1,', 'v1a,') }, 'wrong'],
    ['half a signature', { signature: vector.signature.slice(0, 24) }, 'wrong'],
    ['a longer signature', { signature: `${vector.signature.slice(0, -1)}AAAA` }, 'wrong'],
    ['too many signatures', { signature: `${'v1,AAAA '.repeat(10)}${vector.signature}` }, 'wrong'],
    ['an empty body', { body: Buffer.alloc(0) }, 'wrong'],
    ['a body printed anew', { body: Buffer.from('{"test":2432232314}') }, 'wrong'],
  ];
  it.each(nearly)('%s', (_, change, fault) => {
    expect(faultOf(change)).toBe(fault);
  });

  it('one changed bit of the body or of the signature, wherever it is', () => {
    let tried = 0;
    for (let bit = 0; bit < vector.body.length * 8; bit++) {
      const body = Buffer.from(vector.body);
      body[bit >> 3] = (body[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(faultOf({ body })).toBe('wrong');
      tried += 1;
    }
    const bytes = Buffer.from(vector.signature.slice(3), 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(faultOf({ signature: `v1,${changed.toString('base64')}` })).toBe('wrong');
      tried += 1;
    }
    expect(tried).toBe((vector.body.length + 32) * 8);
  });

  it('after five minutes, or five minutes too early', () => {
    expect(faultOf({}, vector.seconds + 300)).toBeUndefined();
    expect(faultOf({}, vector.seconds + 301)).toBe('too-old');
    expect(faultOf({}, vector.seconds - 300)).toBeUndefined();
    expect(faultOf({}, vector.seconds - 301)).toBe('too-new');
  });

  it('with the secret of another endpoint, or none', () => {
    expect(faultOf({}, vector.seconds, [newWebhookSecret(), newWebhookSecret()])).toBe('wrong');
    expect(faultOf({}, vector.seconds, [])).toBe('wrong');
  });
});

it('while secrets change over, old and new are believed, on either side', () => {
  const [old, fresh] = [vector.secret, newWebhookSecret()];
  for (const secrets of [
    [fresh, old],
    [old, fresh],
  ])
    expect(faultOf({}, vector.seconds, secrets)).toBeUndefined();
  const both = received(signatureHeaders([fresh, old], vector), vector.body);
  for (const secret of [fresh, old]) expect(faultOf(both, vector.seconds, [secret])).toBeUndefined();
});
