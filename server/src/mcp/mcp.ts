// The MCP face: operations declared for agents, through the same pipeline as everybody else's calls.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Platform } from '../platform.ts';

/** Answers `/mcp` and its metadata. */
export async function handleMcp(request: IncomingMessage, response: ServerResponse, platform: Platform): Promise<void> {
  platform.edge.refuse(request, response, 'not-found');
}
