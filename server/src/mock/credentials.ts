// `--auth presence`: something that looks like the declared credential is there. What it says is not looked at.

import type { Contract, JsonObject, Operation } from '@plinth/contract/serving';
import type { Transport } from '@plinth/runtime/pipeline/storeless';

type Asked = Pick<Transport, 'header' | 'target'>;

/** True for public operations, and when all schemes of one alternative are presented. */
export function isPresented({ securitySchemes }: Contract, operation: Operation, request: Asked): boolean {
  const { security } = operation;
  if (security === undefined || security.length === 0) return true;
  return security.some((alternative) =>
    Object.keys(alternative).every((name) => holds(request, securitySchemes.get(name) ?? {})),
  );
}

function holds(request: Asked, scheme: JsonObject): boolean {
  const name = textOf(scheme['name']);
  const kind = textOf(scheme['scheme']).toLowerCase() || 'bearer';
  const authorization = request.header('authorization') ?? '';
  switch (scheme['type']) {
    case 'apiKey':
      if (scheme['in'] === 'header') return request.header(name.toLowerCase()) !== undefined;
      if (scheme['in'] === 'query') return new URLSearchParams(request.target.split('?')[1] ?? '').has(name);
      return (request.header('cookie') ?? '').split(';').some((part) => part.trim().startsWith(`${name}=`));
    case 'http':
      return authorization.toLowerCase().startsWith(`${kind} `) && authorization.length > kind.length + 1;
    case 'oauth2':
    case 'openIdConnect':
      return /^bearer ./i.test(authorization);
    default:
      // Client certificates are seen before HTTP.
      return true;
  }
}

/** What `WWW-Authenticate` asks for. */
export function challengeOf({ securitySchemes }: Contract, operation: Operation): string {
  const [name = ''] = Object.keys(operation.security?.[0] ?? {});
  const scheme = securitySchemes.get(name) ?? {};
  if (scheme['type'] === 'apiKey') return `ApiKey realm="mock", name="${textOf(scheme['name'])}"`;
  return `${scheme['scheme'] === 'basic' ? 'Basic' : 'Bearer'} realm="mock"`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
