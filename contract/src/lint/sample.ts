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

/** `listThings` with some keys replaced (undefined leaves a key out), and the component schemas. */
export function withOperation(
  changes: Record<string, string | undefined>,
  schemas: string = thing,
  method = 'get',
): string {
  const keys: Record<string, string | undefined> = {
    operationId: method === 'get' ? 'getThings' : 'makeThing',
    security: '[{ oidc: [things.read] }]',
    'x-plinth': method === 'get' ? undefined : '{ effect: write }',
    responses: `{ '200': { description: A thing., content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } }`,
    ...changes,
  };
  const lines = Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [`      ${key}: ${value}`]));
  return `paths:
  /things:
    ${method}:
${lines.join('\n')}
components:
  securitySchemes: ${sampleSecurity}
  schemas: { ${schemas} }`;
}

/** The whole text of an example. */
export function sampleText(example: string): string {
  const schemes = example.includes('components:') ? '' : `\ncomponents:\n  securitySchemes: ${sampleSecurity}`;
  return `${sampleHead}${example}${schemes}\n`;
}
