// Small contracts for the rules' examples: a head, one good operation, and what the example changes.

/** Everything before `paths`. */
export const sampleHead = `openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
servers: [{ url: /things/v1 }]
x-plinth: { capability: things, audience: [staff] }
`;

export const sampleSecurity =
  '{ oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }';

/** Companion files of every example. */
export const sampleEvents = 'events:\n  thing.made: { when: A thing was made., data: { type: object } }\n';
export const sampleProblems = `problems:
  things.gone: { status: 409, title: Gone, detail: Gone., advice: Choose another., operatorAdvice: Normal., next: [], retryable: false }
`;

const thing = 'Thing: { type: object, required: [id], properties: { id: { type: string } } }';

/** One answer of the given status with a Thing. */
export function answering(status: number, more = ''): string {
  return `'${status}': { description: A thing.${more}, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } }`;
}

/** A JSON request body of this schema. */
export function bodyOf(schema: string): string {
  return `{ required: true, content: { application/json: { schema: ${schema} } } }`;
}

/** One operation on `/things` with some keys replaced (undefined leaves a key out), and the component schemas. */
export function withOperation(
  changes: Record<string, string | undefined>,
  schemas: string = thing,
  method = 'get',
): string {
  return operationAt('/things', method, changes, schemas);
}

/** The same on `/things/{thingId}`. */
export function withThing(
  changes: Record<string, string | undefined>,
  schemas: string = thing,
  method = 'get',
): string {
  const parameters = '[{ name: thingId, in: path, required: true, schema: { type: string } }]';
  return operationAt('/things/{thingId}', method, { parameters, ...changes }, schemas);
}

function operationAt(
  path: string,
  method: string,
  changes: Record<string, string | undefined>,
  schemas: string,
): string {
  const keys: Record<string, string | undefined> = {
    operationId: method === 'get' ? 'getThings' : 'makeThing',
    security: '[{ oidc: [things.read] }]',
    'x-plinth': method === 'get' ? undefined : '{ effect: write }',
    responses: `{ ${answering(200)} }`,
    ...changes,
  };
  const lines = Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [`      ${key}: ${value}`]));
  return `paths:
  ${path}:
    ${method}:
${lines.join('\n')}
components:
  securitySchemes: ${sampleSecurity}
  schemas: { ${schemas} }`;
}

/** A whole document of somebody else around `paths`. */
export function foreignDocument(paths: string): string {
  return `openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
${paths}`;
}

/** The whole text of an example: as it is from `openapi:` or `swagger:` on, else below our head. */
export function sampleText(example: string): string {
  if (/^(?:openapi|swagger):/.test(example)) return `${example}\n`;
  const schemes = example.includes('components:') ? '' : `\ncomponents:\n  securitySchemes: ${sampleSecurity}`;
  return `${sampleHead}${example}${schemes}\n`;
}
