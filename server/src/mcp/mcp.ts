// The MCP face: operations declared for agents, through the same pipeline as everybody else's calls. A change is never
// made on an agent's word: it is read back, the customer confirms on our page, and the same call then goes through.

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  CLIENT_CAPABILITIES_META_KEY,
  createMcpHandler,
  inputRequired,
  inputResponse,
  type McpHttpHandler,
  Server,
} from '@modelcontextprotocol/server';
import { parseJson } from '@plinth/contract/serving';
import { type Principal, randomId, whoConfirms } from '@plinth/runtime';
import {
  beginRootTrace,
  type BodyDone,
  type Challenge,
  challengeOf,
  classify,
  type InvokeResult,
  isPrincipal,
  NodeTransport,
  refusalOf,
  type RefusalParts,
  type RootTrace,
} from '@plinth/runtime/pipeline';
import { resourceMetadataOf } from '../config.ts';
import type { Platform } from '../platform.ts';
import { scopeOfTool, toolsFor } from './tools.ts';

const mostBodyBytes = 1024 * 1024;

const fixedHeaders = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' } as const;

/** One request: who asks, and what became of it where that is more than an answer of a tool. */
interface Asking {
  readonly principal: Principal;
  readonly language: string | undefined;
  readonly trace: RootTrace;
  refusal: InvokeResult | { code: string; parts: RefusalParts } | undefined;
}

const handlers = new WeakMap<Platform, McpFace>();

/** Answers `/mcp` and its metadata (RFC 9728). */
export async function handleMcp(request: IncomingMessage, response: ServerResponse, platform: Platform): Promise<void> {
  let face = handlers.get(platform);
  if (!face) handlers.set(platform, (face = new McpFace(platform)));
  try {
    await face.handle(request, response);
  } catch (error) {
    const { code, parts } = classify(error);
    if (!response.headersSent) platform.edge.refuse(request, response, code, parts);
  }
}

class McpFace {
  readonly #platform: Platform;
  readonly #handler: McpHttpHandler;
  readonly #challenge: Challenge;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#challenge = challengeOf(`${resourceMetadataOf(platform.config)}/mcp`);
    this.#handler = createMcpHandler((context) => this.#server(context.authInfo?.extra as unknown as Asking));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { config, authenticator, edge, tracing } = this.#platform;
    if (request.url?.startsWith('/.well-known/')) {
      this.#describe(request, response);
      return;
    }
    const trace = beginRootTrace({ request, response }, '/mcp', tracing);
    const { origin } = request.headers;
    if (origin !== undefined && origin !== config.baseUrl) {
      edge.refuse(request, response, 'cross-site-request');
      return;
    }
    const transport = new NodeTransport(request, response);
    const found = await authenticator.authenticateAt(`${config.baseUrl}/mcp`, transport);
    const principal = isPrincipal(found) && found.audience === 'agent' ? found : undefined;
    if (principal === undefined) {
      const fault = isPrincipal(found) ? ({ fault: 'invalid', reason: 'not of an agent' } as const) : found;
      const { code, headers } = refusalOf(fault, this.#challenge);
      edge.refuse(request, response, code, { headers });
      return;
    }
    trace.know(principal);
    const body = await readBody(transport);
    if ('code' in body) {
      edge.refuse(request, response, body.code, { values: body.values });
      return;
    }
    const { traceparent, tracestate } = placeIn(body.message);
    trace.hear(traceparent, tracestate);
    response.setHeader('traceparent', trace.traceparent);
    const asked = asRequest(request, { url: `${config.baseUrl}/mcp`, body: body.text });
    const asking: Asking = { principal, trace, language: request.headers['accept-language'], refusal: undefined };
    const answer = await this.#handler.fetch(asked, {
      authInfo: {
        // The face needs none: what is called gets the principal.
        token: '',
        clientId: principal.applicationId ?? 'agent',
        scopes: [...principal.scopes],
        extra: asking as unknown as Record<string, unknown>,
      },
    });
    if (asking.refusal !== undefined) {
      await answer.body?.cancel();
      if ('code' in asking.refusal) edge.refuse(request, response, asking.refusal.code, asking.refusal.parts);
      else sendRefusal(response, asking.refusal);
      return;
    }
    // How long the connection lives is the listener's to say, not the protocol's.
    answer.headers.delete('connection');
    response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), ...fixedHeaders });
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
    server.setRequestHandler('tools/call', async (call, { mcpReq }) => {
      const { name, arguments: given = {} } = call.params;
      const tool = tools.find((entry) => entry.name === name);
      trace.note({ 'mcp.method.name': 'tools/call', ...(tool && { 'gen_ai.tool.name': tool.name }) });
      if (tool)
        return this.#call(asking, tool.key, {
          input: given,
          confirmation: mcpReq.requestState<string>(),
          isRefused: wasDeclined(mcpReq.inputResponses),
          showsPages: showsPages(mcpReq.envelope),
        });
      const scope = scopeOfTool(this.#platform.contracts(), name);
      if (scope === undefined) return said(`There is no tool ${name}.`, true);
      const headers = ['WWW-Authenticate', this.#challenge({ error: 'insufficient_scope', scope })];
      asking.refusal = { code: 'insufficient-scope', parts: { values: { scope }, headers } };
      return said('The token does not allow this.', true);
    });
    return server;
  }

  async #call(asking: Asking, operation: string, { input, confirmation, isRefused, showsPages }: ToolCall) {
    const { principal, language, trace } = asking;
    const { confirmations, edge } = this.#platform;
    const owner = whoConfirms(principal);
    if (confirmation !== undefined && isRefused) {
      await confirmations.void(confirmation, owner);
      return said('The customer said no. Nothing was done.', true);
    }
    const asked = confirmation === undefined ? undefined : await confirmations.find(confirmation, owner);
    const result = await edge.invoke({
      operation,
      principal,
      input,
      channel: 'mcp',
      language,
      trace: trace.place,
      // The record of what was asked holds the key; the software keeps none.
      idempotencyKey: asked?.idempotencyKey ?? randomId(),
      ...(asked === undefined ? { lendsKey: true } : { confirmation: asked.id }),
    });
    const document = (result.body ?? {}) as Record<string, unknown>;
    const challenge = result.headers['www-authenticate'];
    // A better sign-in or a wider token is asked for as HTTP does; the same call then goes through.
    if (challenge !== undefined && (result.status === 401 || result.status === 403)) asking.refusal = result;
    if (result.status === 428 && document['code'] === 'confirmation-required') {
      const { id, readback, url: place } = document['confirmation'] as { id: string; readback: string; url: string };
      const url = new URL(place, this.#platform.config.baseUrl).href;
      const message = `The customer must confirm this first: ${readback}`;
      // What comes back as the state is as good as nothing without the customer's yes and this software's credential.
      if (showsPages)
        return inputRequired({
          inputRequests: { confirmation: inputRequired.elicitUrl({ message, url }) },
          requestState: id,
        });
      return said(`${message} Ask them to open ${url} and then call this tool again with the same arguments.`, true);
    }
    if (result.status < 300) {
      return {
        content: [{ type: 'text' as const, text: JSON.stringify(result.body ?? {}) }],
        structuredContent: document,
      };
    }
    return said([document['title'], document['detail'], document['advice']].filter(Boolean).join(' '), true);
  }
}

/** A call of a tool, with what the protocol says around its arguments. */
interface ToolCall {
  input: Record<string, unknown>;
  /** Id of what the customer was asked, as the software brings it back. */
  confirmation: string | undefined;
  /** The software says that the customer does not want it. */
  isRefused: boolean;
  /** It opens addresses for the customer when the protocol asks for that. */
  showsPages: boolean;
}

function wasDeclined(responses: Record<string, unknown> | undefined): boolean {
  const told = inputResponse(responses, 'confirmation');
  return told.kind === 'elicit' && told.action === 'decline';
}

/** From the capabilities that come with each request of 2026-07-28; those of 2025-11-25 bring none. */
function showsPages(envelope: unknown): boolean {
  const capabilities = (envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY];
  return (capabilities as { elicitation?: { url?: unknown } } | undefined)?.elicitation?.url !== undefined;
}

/** Where in a trace the message was sent: `params._meta.traceparent` and `tracestate`, by MCP's convention. */
function placeIn(message: unknown): { traceparent?: string; tracestate?: string } {
  const { _meta: about } = (message as Said | null | undefined)?.params ?? {};
  const { traceparent, tracestate } = about ?? {};
  if (typeof traceparent !== 'string') return {};
  return { traceparent, ...(typeof tracestate === 'string' ? { tracestate } : {}) };
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

/** What a tool was refused with that the protocol has no answer for: the problem and its challenge. */
function sendRefusal(response: ServerResponse, { status, headers, body }: InvokeResult): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'www-authenticate': headers['www-authenticate'] ?? '',
      'content-language': headers['content-language'] ?? 'en',
      vary: 'Accept-Language',
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(text)),
      'cache-control': 'no-store',
      ...fixedHeaders,
    })
    .end(text);
}

function said(text: string, isError: boolean) {
  return { content: [{ type: 'text' as const, text }], isError };
}

interface Unreadable {
  code: string;
  values: Record<string, unknown>;
}

/**
 * The body within the bounds of every other one. Syntax is left to the protocol, which has its own words for it: `message` is
 * undefined then.
 */
async function readBody(transport: NodeTransport): Promise<{ text: string; message: unknown } | Unreadable> {
  const [bytes, fault] = await new Promise<Parameters<BodyDone>>((resolve) => {
    transport.readBody(mostBodyBytes, (...done) => resolve(done));
  });
  if (bytes === undefined)
    return fault === 'too-large'
      ? { code: 'body-too-large', values: { bytes: mostBodyBytes } }
      : { code: 'request-too-slow', values: {} };
  if (!isUtf8(bytes)) return { code: 'malformed-json', values: { reason: 'it is not UTF-8' } };
  const text = bytes.toString('utf8');
  const parsed = parseJson(bytes, text);
  if ('rule' in parsed && parsed.rule === 'json-not-acceptable')
    return { code: parsed.rule, values: { reason: parsed.reason } };
  return { text, message: 'value' in parsed ? parsed.value : undefined };
}
