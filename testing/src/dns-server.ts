// A name server on this machine that says what a test wants, differently each time if need be (RFC 1035, over UDP). One
// question a message, no compression in answers: enough for resolvers, and for attacks on those who trust them.

import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

export interface DnsRecord {
  type: 'A' | 'AAAA' | 'CNAME';
  /** Owner of the record; default the name that was asked for. */
  name?: string;
  /** Address or name. */
  value: string;
  /** Seconds it may be kept; default 0. */
  ttl?: number;
}

export interface DnsServer {
  /** `127.0.0.1:port`, for `Resolver.setServers`. */
  readonly address: string;
  /** Questions so far. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const codes = { A: 1, CNAME: 5, AAAA: 28 } as const;

/** `answer` gets the name in lower case, the type and how often exactly this was asked before; [] = no such name. */
export async function openDnsServer(
  answer: (name: string, type: 'A' | 'AAAA', before: number) => readonly DnsRecord[],
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  const counts = new Map<string, number>();
  socket.on('message', (message, from: RemoteInfo) => {
    const question = readQuestion(message);
    const type = question.type === codes.A ? 'A' : question.type === codes.AAAA ? 'AAAA' : undefined;
    const key = `${type ?? question.type} ${question.name}`;
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 1);
    asked.push(key);
    const records = type === undefined ? [] : answer(question.name, type, before);
    socket.send(writeAnswer(message, question, records), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

interface Question {
  name: string;
  type: number;
  /** Where it ends in the message. */
  end: number;
}

function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function writeAnswer(message: Buffer, { name, end }: Question, records: readonly DnsRecord[]): Buffer {
  const head = Buffer.alloc(12);
  message.copy(head, 0, 0, 2);
  // An answer, authoritative, recursion offered; 3 = no such name.
  head.writeUInt16BE(0x85_80 | (records.length === 0 ? 3 : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  const bodies = records.map((record) => {
    const content = contentOf(record);
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(codes[record.type], 0);
    fixed.writeUInt16BE(1, 2);
    fixed.writeUInt32BE(record.ttl ?? 0, 4);
    fixed.writeUInt16BE(content.length, 8);
    return Buffer.concat([nameOf(record.name ?? name), fixed, content]);
  });
  return Buffer.concat([head, message.subarray(12, end), ...bodies]);
}

function contentOf({ type, value }: DnsRecord): Buffer {
  if (type === 'CNAME') return nameOf(value);
  if (type === 'A') return Buffer.from(value.split('.').map(Number));
  const [left = '', right] = value.split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const words = right === undefined ? before : [...before, ...zeros, ...after];
  return Buffer.concat(words.map((word) => Buffer.from(word.padStart(4, '0'), 'hex')));
}

function nameOf(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  const parts = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}
