import { describe, expect, it } from 'vitest';
import { networkOf, TrustedProxies } from './forwarded.ts';

const proxies = new TrustedProxies(['10.0.0.0/8', '::1']);
const caller = (peer: string, headers: Record<string, string>) => proxies.callerOf(peer, (name) => headers[name]);

describe('the caller behind a proxy', () => {
  it('is the peer when nobody vouches for it, whatever it claims', () => {
    expect(caller('203.0.113.9', { 'x-forwarded-for': '10.0.0.1' })).toBe('203.0.113.9');
    expect(caller('203.0.113.9', { forwarded: 'for=10.0.0.1' })).toBe('203.0.113.9');
  });

  it.each([
    ['one hop', '198.51.100.7', '198.51.100.7'],
    ['two proxies', '198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['a forged beginning', '1.2.3.4, 127.0.0.1, 198.51.100.7', '198.51.100.7'],
    ['a port', '198.51.100.7:443', '198.51.100.7'],
    ['a mapped address', '::ffff:198.51.100.7', '198.51.100.7'],
    ['a name', '198.51.100.7, unknown', '10.9.9.9'],
    ['nothing', '', '10.9.9.9'],
    ['only proxies', '10.0.0.1', '10.0.0.1'],
  ])('with %s is read from the right', (_, chain, expected) => {
    expect(caller('10.9.9.9', { 'x-forwarded-for': chain })).toBe(expected);
  });

  it.each([
    ['for=198.51.100.7', '198.51.100.7'],
    ['For="[2001:DB8::1]:4711";proto=https, for=10.0.0.2;by=10.0.0.3', '2001:db8::1'],
    ['for=1.2.3.4, for=198.51.100.7', '198.51.100.7'],
    ['proto=https', '10.9.9.9'],
    ['for=_hidden', '10.9.9.9'],
  ])('is read from Forwarded: %s', (field, expected) => {
    expect(caller('10.9.9.9', { forwarded: field })).toBe(expected);
  });

  it('is the proxy when its two headers disagree: one of them is not its own', () => {
    expect(caller('10.9.9.9', { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=1.2.3.4' })).toBe('10.9.9.9');
    expect(caller('10.9.9.9', { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' })).toBe(
      '198.51.100.7',
    );
  });

  it('is found through a proxy of IPv6 and one that is mapped', () => {
    expect(caller('::1', { 'x-forwarded-for': '198.51.100.7' })).toBe('198.51.100.7');
    expect(caller('::ffff:10.0.0.1', { 'x-forwarded-for': '198.51.100.7' })).toBe('198.51.100.7');
  });
});

it.each(['10.0.0.0/33', 'proxy.example', '', '10.0.0.1/x'])('“%s” is no proxy', (entry) => {
  expect(() => new TrustedProxies([entry])).toThrow(RangeError);
});

it.each([
  ['198.51.100.7', '198.51.100.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['::ffff:2001:db8', '0:0:0:0'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

const scheme = (peer: string, headers: Record<string, string>) => proxies.schemeOf(peer, (name) => headers[name]);

describe('how a caller asked', () => {
  it.each([
    [{ 'x-forwarded-proto': 'https' }, 'https'],
    [{ 'x-forwarded-proto': 'http, HTTPS' }, 'https'],
    [{ forwarded: 'for=198.51.100.7;proto="https"' }, 'https'],
    [{ forwarded: 'for=198.51.100.7;proto=http', 'x-forwarded-proto': 'http' }, 'http'],
    [{ forwarded: 'proto=http', 'x-forwarded-proto': 'https' }, undefined],
    [{ 'x-forwarded-proto': 'gopher' }, undefined],
    [{}, undefined],
  ])('is what a trusted proxy says: %j', (headers, expected) => {
    expect(scheme('10.9.9.9', headers as Record<string, string>)).toBe(expected);
    expect(scheme('203.0.113.9', headers as Record<string, string>)).toBeUndefined();
  });
});
