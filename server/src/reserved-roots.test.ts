import { expect, it } from 'vitest';
import { isReserved } from './reserved-roots.ts';

it.each([
  '/',
  '/livez',
  '/readyz',
  '/live',
  '/mcp',
  '/session',
  '/session/login',
  '/oidc/token',
  '/jobs/job_1',
  '/problems/internal',
  '/visits/x',
  '/confirmations/x',
  '/.well-known/oauth-protected-resource',
  '/__plinth/clock',
  '/openapi.json',
  '/orders/v1/openapi.json',
])('%s is the platform’s own', (path) => {
  expect(isReserved(path)).toBe(true);
});

it.each([
  '/livezz',
  '/live/x',
  '/mcp/x',
  '/sessions',
  '/jobs2/x',
  '/v1/jobs/x',
  '/problem/x',
  '/well-known/x',
  '/_plinth/x',
  '/openapi.jsonl',
  '/openapi.json/x',
  '/Jobs/x',
])('%s may be a contract’s', (path) => {
  expect(isReserved(path)).toBe(false);
});
