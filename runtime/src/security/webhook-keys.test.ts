import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { newWebhookKeyPair, webhookKeyPair } from './webhook-keys.ts';
import { isWebhookSecret } from './webhook-secrets.ts';
import { newWebhookSecret, signatureFault, signatureHeaders } from './webhook-signature.ts';

/** The vector of the Standard Webhooks reference implementation in Go. */
const vector = {
  seed: 'VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  seconds: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==',
};
const { privateKey, publicKey } = webhookKeyPair(Buffer.from(vector.seed, 'base64'));
const bytes = Buffer.from(vector.signature.slice(4), 'base64');

/** Of the vector's message with a signature of its own, by keys of its own. */
function faultOf(signature: string, secrets = [publicKey], body = vector.body) {
  const message = { id: vector.id, timestamp: String(vector.seconds), signature, body: Buffer.from(body) };
  return signatureFault(message, { secrets, nowS: vector.seconds, toleranceS: 300 });
}
const signatureBy = (...keys: string[]): string => signatureHeaders(keys, vector)['webhook-signature'] as string;
/** What an implementation takes for a key that cuts off so much of its text. */
const after = (length: number, key: string): Buffer => Buffer.from(key.slice(length), 'base64');
const v1a = (signature: Uint8Array): string => `v1a,${Buffer.from(signature).toString('base64')}`;

it('signs and checks as the published vector says', () => {
  expect(signatureBy(privateKey)).toBe(vector.signature);
  expect(faultOf(vector.signature)).toBeUndefined();
});

it('derives the public key that RFC 8032 says, in its first test', () => {
  const pair = webhookKeyPair(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'));
  const known = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
  expect(pair.publicKey).toBe(`whpk_${known.toString('base64')}`);
});

it('pairs are whsk_ and whpk_ with 32 bytes each, and each its own', () => {
  const pairs = Array.from({ length: 50 }, newWebhookKeyPair);
  expect(new Set(pairs.map((pair) => pair.privateKey)).size).toBe(50);
  for (const pair of pairs) {
    expect([pair.privateKey, pair.publicKey].map((key) => Buffer.from(key.slice(5), 'base64').length)).toEqual([
      32, 32,
    ]);
    expect(pair.privateKey.startsWith('whsk_')).toBe(true);
    expect(isWebhookSecret(pair.publicKey)).toBe(true);
    expect(faultOf(signatureBy(pair.privateKey), [publicKey, pair.publicKey])).toBeUndefined();
    expect(faultOf(signatureBy(pair.privateKey))).toBe('wrong');
  }
});

it.each([
  ['31 bytes', `whpk_${Buffer.alloc(31, 7).toString('base64')}`],
  ['33 bytes', `whpk_${Buffer.alloc(33, 7).toString('base64')}`],
  ['64 bytes', `whpk_${Buffer.alloc(64, 7).toString('base64')}`],
  ['no padding', publicKey.slice(0, -1)],
  ['bits that are lost', publicKey.replace(/.=$/, '/=')],
  ['another alphabet', `whpk_${Buffer.alloc(32, 255).toString('base64url')}=`],
  ['nothing before it', publicKey.slice(5)],
  ['a private key', privateKey],
])('a key is not taken: %s', (_, text) => {
  expect(isWebhookSecret(text)).toBe(false);
});

it('one changed bit of the body or of the signature is not believed, wherever it is', () => {
  for (let bit = 0; bit < vector.body.length * 8; bit++) {
    const body = Buffer.from(vector.body, 'latin1');
    body[bit >> 3] = (body[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(faultOf(vector.signature, [publicKey], body.toString('latin1'))).toBe('wrong');
  }
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(faultOf(v1a(changed))).toBe('wrong');
  }
});

/** S + L: what a lax checker takes for the same signature. */
function malleable(): Buffer {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32).toReversed()).toString('hex')}`) + order;
  return Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').toReversed()]);
}

it.each([
  ['without padding', vector.signature.slice(0, -2)],
  ['with bits that are lost', vector.signature.replace('Ag==', 'Ah==')],
  ['in another alphabet', vector.signature.replace('/', '_')],
  ['with something behind it', `${vector.signature}AAAA`],
  ['of 63 bytes', v1a(bytes.subarray(0, 63))],
  ['of 65 bytes', v1a(Buffer.concat([bytes, Buffer.alloc(1)]))],
  ['of nothing', 'v1a,'],
  ['with S beyond the order', v1a(malleable())],
  ['without version', vector.signature.slice(4)],
  ['of another version', vector.signature.replace('v1a', 'v1b')],
  ['behind four others', `${v1a(Buffer.alloc(64)).concat(' ').repeat(4)}${vector.signature}`],
])('a signature is believed in its one spelling alone: %s', (_, signature) => {
  expect(faultOf(signature)).toBe('wrong');
});

it('a key of small order, by which anybody could sign, signs nothing', () => {
  const small = ['00', '01', 'ec'].map((first) =>
    Buffer.from(first === 'ec' ? `ec${'ff'.repeat(30)}7f` : first.padEnd(64, '0'), 'hex'),
  );
  const nothing = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]);
  for (const key of small)
    for (let n = 0; n < 20; n++)
      expect(faultOf(v1a(nothing), [`whpk_${key.toString('base64')}`], String(n))).toBe('wrong');
});

it('no key is taken for one of the other kind', () => {
  const text = `${vector.id}.${vector.seconds}.${vector.body}`;
  const keyed = (key: Buffer | string): string => createHmac('sha256', key).update(text).digest('base64');
  const known = Buffer.from(publicKey.slice(5), 'base64');
  // Everybody knows the public key, and can key an HMAC with it: its bytes, its text, or what stands where a secret would.
  for (const key of [known, publicKey, after(0, publicKey), after(6, publicKey), '', publicKey.slice(5)])
    for (const version of ['v1,', 'v1a,']) expect(faultOf(version + keyed(key))).toBe('wrong');
  // A secret of the very bytes of the public key believes no `v1a`, and no `v1a` that calls itself `v1`.
  const alike = `whsec_${known.toString('base64')}`;
  for (const signature of [vector.signature, vector.signature.replace('v1a', 'v1')])
    expect(faultOf(signature, [alike])).toBe('wrong');
  expect(faultOf(vector.signature.replace('v1a', 'v1'))).toBe('wrong');
  expect(faultOf(signatureBy(alike).replace('v1', 'v1a'), [alike])).toBe('wrong');
  // What only the sender has is no key to check with, and what everybody has is none to sign with.
  for (const key of [privateKey, vector.seed, ''])
    for (const signature of [vector.signature, `v1,${keyed(after(6, key))}`, `v1,${keyed(after(0, key))}`])
      expect(faultOf(signature, [key])).toBe('wrong');
  for (const key of [publicKey, vector.seed, '']) expect(() => signatureBy(key)).toThrow('whsec_ or whsk_');
});

it('both kinds stand beside each other, each for its receiver, also while they change over', () => {
  const secret = newWebhookSecret();
  const next = newWebhookKeyPair();
  const signed = signatureBy(secret, next.privateKey, privateKey);
  expect(signed.split(' ').map((part) => part.slice(0, part.indexOf(',')))).toEqual(['v1', 'v1a', 'v1a']);
  for (const key of [secret, publicKey, next.publicKey]) expect(faultOf(signed, [key])).toBeUndefined();
  expect(faultOf(vector.signature, [next.publicKey, publicKey])).toBeUndefined();
  expect(faultOf(signatureBy(secret), [publicKey, secret])).toBeUndefined();
});
