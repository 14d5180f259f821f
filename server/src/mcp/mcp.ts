// The MCP face: operations declared for agents, through the same pipeline as everybody else's calls. A change is never
// made on an agent's word: it is read back, the customer confirms on our page, and the same call then goes through.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMcpHandler, type McpHttpHandler, Server } from '@modelcontextprotocol/server';
import { type Principal, randomId } from '@plinth/runtime';
import { beginRootTrace, canonicalHash, type Challenge, challengeOf, type RootTrace } from '@plinth/runtime/pipeline';
import type { Platform } from '../platform.ts';
import { scopeOfTool, toolsFor } from './tools.ts';

const mostBodyBytes = 1024 * 1024;

/** Calls waiting for a customer's yes; the oldest leave. */
const mostPending = 10_000;
const pendingMs = 600_000;

interface Pending {
  confirmation: string;
  idempotencyKey: string;
  until: number;
}

/** One request: who asks, and what became of it where that is more than an answer of a tool. */
interface Asking {
  readonly principal: Principal;
  readonly trace: RootTrace;
  refusal: { status: number; challenge: string } | undefined;
}

const handlers = new WeakMap<Platform, McpFace>();

/** Answers `/mcp` and its metadata (RFC 9728). */
export async function handleMcp(request: IncomingMessage, response: ServerResponse, platform: Platform): Promise<void> {
  let face = handlers.get(platform);
  if (!face) handlers.set(platform, (face = new McpFace(platform)));
  try {
    await face.handle(request, response);
  } catch {
    if (!response.headersSent) platform.edge.refuse(request, response, 'internal');
  }
}

class McpFace {
  readonly #platform: Platform;
  readonly #handler: McpHttpHandler;
  readonly #challenge: Challenge;
  #pending = new Map<string, Pending>();

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#challenge = challengeOf(`${platform.config.baseUrl}/.well-known/oauth-protected-resource/mcp`);
    this.#handler = createMcpHandler((context) => this.#server(context.authInfo?.extra as unknown as Asking));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { config, authenticator, tracing } = this.#platform;
    if (request.url?.startsWith('/.well-known/')) {
      this.#describe(request, response);
      return;
    }
    const trace = beginRootTrace({ request, response }, '/mcp', tracing);
    const { origin } = request.headers;
    if (origin !== undefined && origin !== config.baseUrl) {
      this.#platform.edge.refuse(request, response, 'cross-site-request');
      return;
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const principal = token === undefined ? undefined : await authenticator.verify(token, `${config.baseUrl}/mcp`);
    if (principal?.audience !== 'agent') {
      const error = token === undefined ? undefined : 'invalid_token';
      refuse(response, 401, this.#challenge({ error }));
      return;
    }
    trace.know(principal);
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413, { connection: 'close', 'content-length': '0' }).end();
      return;
    }
    const { traceparent, tracestate } = placeIn(body);
    trace.hear(traceparent, tracestate);
    response.setHeader('traceparent', trace.traceparent);
    const asked = asRequest(request, { url: `${config.baseUrl}/mcp`, body });
    const asking: Asking = { principal, trace, refusal: undefined };
    const answer = await this.#handler.fetch(asked, {
      authInfo: {
        token: token ?? '',
        clientId: principal.applicationId ?? 'agent',
        scopes: [...principal.scopes],
        extra: asking as unknown as Record<string, unknown>,
      },
    });
    if (asking.refusal !== undefined) {
      await answer.body?.cancel();
      refuse(response, asking.refusal.status, asking.refusal.challenge);
      return;
    }
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body) for await (const chunk of answer.body) response.write(chunk);
    response.end();
  }

  /** What is protected, and who gives tokens for it: MCP, or the API as a whole. */
  #describe(request: IncomingMessage, response: ServerResponse): void {
    const { config, identity } = this.#platform;
    const isMcp = request.url?.split('?', 1)[0]?.endsWith('/mcp') === true;
    const scopes = this.#platform
      .contracts()
      .flatMap(({ operations }) => operations)
      .filter(({ policy }) => !isMcp || policy.audience.includes('agent'))
      .flatMap(({ security }) => (security ?? []).flatMap((entry) => Object.values(entry).flat()));
    const body = JSON.stringify({
      resource: `${config.baseUrl}/${isMcp ? 'mcp' : ''}`,
      authorization_servers: identity.issuers,
      scopes_supported: [...new Set(scopes)].toSorted(),
      bearer_methods_supported: ['header'],
    });
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=300' }).end(body);
  }

  /** A server for one request, seeing with the eyes of its caller. */
  #server(asking: Asking): Server {
    const { principal, trace } = asking;
    const server = new Server({ name: 'plinth', version: '0.1.0' }, { capabilities: { tools: {} } });
    const tools = toolsFor(this.#platform.contracts(), principal);
    server.setRequestHandler('tools/list', () => {
      trace.note({ 'mcp.method.name': 'tools/list' });
      return { tools: tools.map(({ key: _key, ...tool }) => tool) as never };
    });
    server.setRequestHandler('tools/call', async (call) => {
      const { name, arguments: given = {} } = call.params;
      const tool = tools.find((entry) => entry.name === name);
      trace.note({ 'mcp.method.name': 'tools/call', ...(tool && { 'gen_ai.tool.name': tool.name }) });
      if (tool) return this.#call(asking, tool.key, this.#complete(tool.key, given));
      const scope = scopeOfTool(this.#platform.contracts(), name);
      if (scope === undefined) return said(`There is no tool ${name}.`, true);
      asking.refusal = { status: 403, challenge: this.#challenge({ error: 'insufficient_scope', scope }) };
      return said('The token does not allow this.', true);
    });
    return server;
  }

  /** Parameters that are always the caller's own are filled in here. */
  #complete(key: string, given: Record<string, unknown>): Record<string, unknown> {
    const operation = this.#platform.edge.operations.get(key)?.operation;
    const own = (operation?.params ?? []).flatMap((param): [string, unknown][] => {
      const extension = (param.schema as { 'x-plinth'?: { fill?: string }; default?: unknown })['x-plinth'];
      return extension?.fill === 'default' ? [[param.name, (param.schema as { default?: unknown }).default]] : [];
    });
    return { ...given, ...Object.fromEntries(own) };
  }

  async #call(asking: Asking, operation: string, input: Record<string, unknown>) {
    const { principal, trace } = asking;
    const place = canonicalHash([principal.subject, principal.applicationId ?? '', operation, input]);
    const pending = this.#find(place);
    const result = await this.#platform.edge.invoke({
      operation,
      principal,
      input,
      channel: 'mcp',
      trace: trace.place,
      idempotencyKey: pending?.idempotencyKey ?? randomId(),
      ...(pending ? { confirmation: pending.confirmation } : {}),
    });
    const document = (result.body ?? {}) as Record<string, unknown>;
    const challenge = result.headers['www-authenticate'];
    // A better sign-in or a wider token is asked for as HTTP does; the same call then goes through.
    if (challenge !== undefined && (result.status === 401 || result.status === 403))
      asking.refusal = { status: result.status, challenge };
    if (result.status === 428 && document['code'] === 'confirmation-required') {
      const asked = document['confirmation'] as { id: string; readback: string; url: string; idempotencyKey: string };
      if (!pending)
        this.#keep(place, {
          confirmation: asked.id,
          idempotencyKey: asked.idempotencyKey,
          until: performance.now() + pendingMs,
        });
      const url = pending
        ? `${this.#platform.config.baseUrl}/confirmations/${pending.confirmation}`
        : new URL(asked.url, this.#platform.config.baseUrl).href;
      return said(
        `The customer must confirm this first: ${asked.readback} Ask them to open ${url} and then call this tool again with the same arguments.`,
        true,
      );
    }
    if (result.status < 300) {
      this.#pending.delete(place);
      return {
        content: [{ type: 'text' as const, text: JSON.stringify(result.body ?? {}) }],
        structuredContent: document,
      };
    }
    return said([document['title'], document['detail'], document['advice']].filter(Boolean).join(' '), true);
  }

  #find(place: string): Pending | undefined {
    const known = this.#pending.get(place);
    if (known && known.until < performance.now()) this.#pending.delete(place);
    return this.#pending.get(place);
  }

  #keep(place: string, pending: Pending): void {
    if (this.#pending.size >= mostPending) this.#pending.delete(this.#pending.keys().next().value ?? '');
    this.#pending.set(place, pending);
  }
}

/** Where in a trace the message was sent: `params._meta.traceparent` and `tracestate`, by MCP's convention. */
function placeIn(body: string): { traceparent?: string; tracestate?: string } {
  // Most have none, and are taken apart once only.
  if (!body.includes('"traceparent"')) return {};
  try {
    const { _meta: about } = (JSON.parse(body) as Said | null)?.params ?? {};
    const { traceparent, tracestate } = about ?? {};
    if (typeof traceparent !== 'string') return {};
    return { traceparent, ...(typeof tracestate === 'string' ? { tracestate } : {}) };
  } catch {
    return {}; // Refused where it is read.
  }
}

interface Said {
  params?: { _meta?: { traceparent?: unknown; tracestate?: unknown } | null } | null;
}

function asRequest(
  { headers, method = 'GET' }: IncomingMessage,
  { url, body }: { url: string; body: string },
): Request {
  const fields = new Headers();
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') fields.set(name, value);
  return new Request(url, { method, headers: fields, ...(method === 'POST' ? { body } : {}) });
}

function refuse(response: ServerResponse, status: number, challenge: string): void {
  response.writeHead(status, { 'www-authenticate': challenge, 'content-length': '0' }).end();
}

function said(text: string, isError: boolean) {
  return { content: [{ type: 'text' as const, text }], isError };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > mostBodyBytes) return undefined;
  }
  return text;
}
