// A front proxy for two or more servers: requests go in turn to those whose `/readyz` says yes. It repeats nothing, so
// whatever a server drops on its way out is seen by whoever called.

import { Agent, createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const askEveryMs = 100;
const answerWithinMs = 2_000;

export interface Balancer {
  /** `http://127.0.0.1:41234` */
  readonly base: string;
  /** Ports that are served now. */
  ready(): number[];
  close(): Promise<void>;
}

interface Backend {
  port: number;
  isReady: boolean;
  /** A new one each time it comes back: connections of an earlier life are never used again. */
  agent: Agent;
}

/** @param ports where the servers listen, now or later, on 127.0.0.1. */
export async function openBalancer(ports: readonly number[]): Promise<Balancer> {
  const backends = ports.map((port): Backend => ({ port, isReady: false, agent: newAgent() }));
  let turn = 0;
  const server = createServer((request, response) => {
    const able = backends.filter(({ isReady }) => isReady);
    const backend = able[turn++ % Math.max(1, able.length)];
    if (backend === undefined) response.writeHead(503, { 'x-balancer': 'nobody is ready' }).end();
    else pass(backend, request, response);
  });
  const state = { isOpen: true };
  const watch = async (backend: Backend): Promise<void> => {
    while (state.isOpen) {
      const isReady = await asksReady(backend.port);
      if (isReady && !backend.isReady) backend.agent = newAgent();
      backend.isReady = isReady;
      await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    }
  };
  const watching = backends.map(watch);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready: () => backends.filter(({ isReady }) => isReady).map(({ port }) => port),
    async close() {
      state.isOpen = false;
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all(watching);
      backends.forEach(({ agent }) => agent.destroy());
    },
  };
}

function newAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 64 });
}

function pass({ port, agent }: Backend, request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request;
  const onward = send({ host: '127.0.0.1', port, method, path, headers, agent }, (answer) => {
    const { connection: _, 'keep-alive': __, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, kept);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', (error: NodeJS.ErrnoException) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'x-balancer': error.code ?? error.message }).end();
  });
  request.pipe(onward);
}

async function asksReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(answerWithinMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Nobody listens there now.
    return false;
  }
}
