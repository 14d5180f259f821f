// Signatures that must not pass, made from good ones; a part of the corpus in corpus.ts.

import type { JWK } from 'jose';
import type { Signers, Tokens } from './signers.ts';

/** Order of the P-256 group. */
const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

export function* signatures({ good, signed, claims }: Signers): Tokens {
  const token = good();
  const text = token.slice(0, token.lastIndexOf('.'));
  const own = Buffer.from(token.slice(text.length + 1), 'base64url');
  const [r, s, zero] = [own.subarray(0, 32), own.subarray(32), Buffer.alloc(32)];
  const made: Record<string, Buffer> = {
    'all zero': Buffer.alloc(64),
    'r zero': Buffer.concat([zero, s]),
    's zero': Buffer.concat([r, zero]),
    'r and s the order': Buffer.concat([order, order]),
    'r the order': Buffer.concat([order, s]),
    's the order': Buffer.concat([r, order]),
    'all ones': Buffer.alloc(64, 0xff),
    'r and s one': Buffer.concat([one(), one()]),
    'r and s swapped': Buffer.concat([s, r]),
    'in DER': der(r, s),
    twice: Buffer.concat([own, own]),
    'a zero byte more': Buffer.concat([own, Buffer.alloc(1)]),
    'a zero byte before': Buffer.concat([Buffer.alloc(1), own]),
    'each half a zero byte longer': Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s]),
    "another token's": Buffer.from(signed({ ...claims, sub: 'ben' }).split('.')[2] as string, 'base64url'),
  };
  for (const bytes of [1, 16, 31, 32, 33, 48, 62, 63]) made[`the first ${bytes} bytes`] = own.subarray(0, bytes);
  for (let at = 0; at < 64; at += 4) made[`bit ${at % 8} of byte ${at} turned`] = turned(own, at);
  for (const [name, bytes] of Object.entries(made)) yield [name, `${text}.${bytes.toString('base64url')}`];
}

function one(): Buffer {
  return Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
}

function turned(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ (1 << (at % 8));
  return copy;
}

function integer(value: Buffer): Buffer {
  const body = (value[0] as number) & 0x80 ? Buffer.concat([Buffer.alloc(1), value]) : value;
  return Buffer.concat([Buffer.from([2, body.length]), body]);
}

function der(r: Buffer, s: Buffer): Buffer {
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

export function* rsaSignatures({ good, issuers: list }: Signers): Tokens {
  const token = good('RS256');
  const text = token.slice(0, token.lastIndexOf('.'));
  const own = Buffer.from(token.slice(text.length + 1), 'base64url');
  const jwks = list[1]?.jwks as { keys: JWK[] };
  const modulus = Buffer.from((jwks.keys[0] as JWK).n as string, 'base64url');
  const made: Record<string, Buffer> = {
    'all zero': Buffer.alloc(256),
    one: Buffer.concat([Buffer.alloc(255), Buffer.from([1])]),
    'the modulus': modulus,
    'plus the modulus': number(BigInt(`0x${own.toString('hex')}`) + BigInt(`0x${modulus.toString('hex')}`)),
    negated: number(BigInt(`0x${modulus.toString('hex')}`) - BigInt(`0x${own.toString('hex')}`)),
    'a zero byte before': Buffer.concat([Buffer.alloc(1), own]),
    'a zero byte behind': Buffer.concat([own, Buffer.alloc(1)]),
    'a byte less': own.subarray(0, -1),
    'padding without a hash': Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(253, 0xff), Buffer.alloc(1)]),
  };
  for (let at = 0; at < 256; at += 32) made[`byte ${at} turned`] = turned(own, at);
  for (const [name, bytes] of Object.entries(made)) yield [name, `${text}.${bytes.toString('base64url')}`];
}

function number(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** Order of the Ed25519 group. */
const edOrder = 2n ** 252n + 27742317777372353535851937790883648493n;

/** 32 bytes, least significant first. */
function little(value: bigint): Buffer {
  return Buffer.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toReversed());
}

export function* edSignatures({ good }: Signers): Tokens {
  const token = good('EdDSA');
  const text = token.slice(0, token.lastIndexOf('.'));
  const own = Buffer.from(token.slice(text.length + 1), 'base64url');
  const [r, s] = [own.subarray(0, 32), own.subarray(32)];
  const scalar = BigInt(`0x${Buffer.from(s.toReversed()).toString('hex')}`);
  const identity = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
  const made: Record<string, Buffer> = {
    'S plus the order (malleable)': Buffer.concat([r, little(scalar + edOrder)]),
    'S negated': Buffer.concat([r, little(edOrder - scalar)]),
    'S zero': Buffer.concat([r, Buffer.alloc(32)]),
    'R the identity, S zero': Buffer.concat([identity, Buffer.alloc(32)]),
    'R zero': Buffer.concat([Buffer.alloc(32), s]),
    'all zero': Buffer.alloc(64),
    'all ones': Buffer.alloc(64, 0xff),
    'a byte less': own.subarray(0, 63),
    'a byte more': Buffer.concat([own, Buffer.alloc(1)]),
  };
  for (let at = 0; at < 64; at += 8) made[`byte ${at} turned`] = turned(own, at);
  for (const [name, bytes] of Object.entries(made)) yield [name, `${text}.${bytes.toString('base64url')}`];
}
