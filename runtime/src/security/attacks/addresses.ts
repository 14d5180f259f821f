// Every way to write an address that a guarded client must not reach: spellings of literals, disguises of whole URLs.

/** Addresses that lead to this machine or its surroundings. */
const ipv4 = [
  '127.0.0.1',
  '127.8.9.10',
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.0.1',
];
const ipv6 = [
  '::1',
  '0:0:0:0:0:0:0:1',
  '::',
  'fc00::1',
  'FD12:3456::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '100::1',
  '2001:db8::1',
];
const more = [
  '224.0.0.1',
  '255.255.255.255',
  '240.0.0.1',
  '192.0.0.8',
  '198.18.0.1',
  '192.0.2.1',
  'localhost',
  'localhost.',
];

/** Hosts as a URL may spell them. */
export function hostileHosts(): string[] {
  return [...new Set([...ipv4.flatMap(spellings), ...ipv6.map((each) => `[${each}]`), ...zones, ...more])];
}

const zones = ['[fe80::1%25lo]', '[::1%25lo]', '[fe80::1%lo]', '[::1%251]'];

function spellings(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const words = `${hex(a)}${hex(b)}:${hex(c)}${hex(d)}`;
  return [
    address,
    `${address}.`,
    String(whole),
    `0x${hex(whole, 8)}`,
    `0X${hex(whole, 8).toUpperCase()}`,
    `0${whole.toString(8)}`,
    [a, b, c, d].map(octal).join('.'),
    [a, b, c, d].map((n) => `0x${hex(n)}`).join('.'),
    `${octal(a)}.0x${hex(b)}.${c}.${d}`,
    `00000${octal(a)}.${b}.${c}.${d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    address.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replaceAll('.', '\u3002'),
    address.replaceAll('.', '\uff0e'),
    address.replaceAll(/\d/g, (digit) => `%3${digit}`),
    address.replaceAll('1', '\u2460'),
    `[::ffff:${address}]`,
    `[::ffff:${words}]`,
    `[0:0:0:0:0:ffff:${words}]`,
    `[::${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${words}]`,
    `[2002:${words}::1]`,
    // Teredo: the client's address stands there inverted.
    `[2001:0:${words}:0:ffff:${hex(0xff ^ a)}${hex(0xff ^ b)}:${hex(0xff ^ c)}${hex(0xff ^ d)}]`,
  ];
}

const hex = (n: number, width = 2): string => n.toString(16).padStart(width, '0');
const octal = (n: number): string => `0${n.toString(8)}`;

/** URLs around a host and a port that the client would otherwise accept. */
export function hostileUrls(host: string, port: number): string[] {
  return [
    `https://${host}:${port}/hook`,
    `http://${host}:${port}/hook`,
    `https://user:pass@${host}:${port}/`,
    `https://example.com:443@${host}:${port}/`,
    `https://example.com\\@${host}:${port}/`,
    `https://${host}:${port}#@example.com/`,
    ` https:\t//${host}:\n${port}/`,
    `https:${host}:${port}/`,
    `https:/\\${host}:${port}/`,
  ];
}
