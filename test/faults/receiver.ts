// A partner's endpoint for webhooks: keeps what came with a valid signature (Standard Webhooks), counts what did not.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface Receiver {
  readonly port: number;
  /** Set when the endpoint was made: `whsec_…`. */
  secret: string;
  /** Deliveries by event id. */
  readonly received: ReadonlyMap<string, number>;
  /** Deliveries whose signature was wrong. */
  forged(): number;
  close(): Promise<void>;
}

const mostBytes = 1024 * 1024;

export async function openReceiver(): Promise<Receiver> {
  const received = new Map<string, number>();
  let forged = 0;
  const receiver = { secret: '' };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const [id = '', time = '', signatures = ''] = ['id', 'timestamp', 'signature'].map((name) =>
        String(request.headers[`webhook-${name}`] ?? ''),
      );
      const valid = signatures.split(' ').some((signature) => isSigned(`${id}.${time}.${body}`, signature));
      if (valid) received.set(id, (received.get(id) ?? 0) + 1);
      else forged += 1;
      response.writeHead(valid ? 204 : 401).end();
    });
  });
  const isSigned = (text: string, signature: string): boolean => {
    const key = Buffer.from(receiver.secret.replace(/^whsec_/, ''), 'base64');
    const expected = Buffer.from(`v1,${createHmac('sha256', key).update(text).digest('base64')}`);
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return Object.assign(receiver, {
    port: typeof address === 'object' && address ? address.port : 0,
    received,
    forged: () => forged,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
