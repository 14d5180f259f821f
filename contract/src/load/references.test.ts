import { describe, expect, it } from 'vitest';
import { load } from './load.ts';

const head = 'openapi: 3.1.0\ninfo: { title: T, version: 1.2.3 }\n';
const answer = "responses: { '200': { description: d } }";

async function loaded(texts: Record<string, string>, entry = 'a.yaml') {
  const asked: string[] = [];
  const read = async (name: string): Promise<string> => {
    asked.push(name);
    const text = texts[name];
    if (text === undefined) throw new Error('no such file');
    return text;
  };
  const { contract, findings } = await load(entry, { read });
  return { contract, findings, asked, document: contract?.document ?? {} };
}

const messages = (findings: { rule: string; message: string }[]) => findings.map(({ rule }) => rule);

describe('what a reference brings in', () => {
  it('goes where its kind belongs, also as a whole file', async () => {
    const { findings, document, contract } = await loaded({
      'a.yaml': `${head}paths:
  /things: { $ref: './things.yaml' }
`,
      'things.yaml': `get:
  parameters: [{ $ref: limit.yaml }]
  responses: { '200': { $ref: 'answers.yaml#/ok' } }
`,
      'limit.yaml': 'name: limit\nin: query\nschema: { $ref: "my schemas.yaml#/Limit" }\n',
      'answers.yaml': 'ok: { description: d, headers: { X: { $ref: "#/x" } } }\nx: { schema: { type: string } }\n',
      'my schemas.yaml': 'Limit: { type: integer }\n',
    });
    expect(findings).toEqual([]);
    expect(document['components']).toEqual({
      pathItems: {
        things: {
          get: {
            parameters: [{ $ref: '#/components/parameters/limit' }],
            responses: { 200: { $ref: '#/components/responses/ok' } },
          },
        },
      },
      parameters: { limit: { name: 'limit', in: 'query', schema: { $ref: '#/components/schemas/Limit' } } },
      responses: { ok: { description: 'd', headers: { X: { $ref: '#/components/headers/x' } } } },
      schemas: { Limit: { type: 'integer' } },
      headers: { x: { schema: { type: 'string' } } },
    });
    expect(contract?.operations[0]).toMatchObject({
      params: [{ name: 'limit' }],
      responses: [{ headers: [{ name: 'X' }] }],
    });
  });

  it('has one place, whatever it is called and wherever it is used first', async () => {
    const { document, findings } = await loaded({
      'a.yaml': `${head}paths: { /a: { get: { responses: { '200': { description: d, content: { application/json: { schema: { $ref: ./Money.yaml } } } } } } } }
components: { schemas: { Money: { $ref: ./Money.yaml }, Cash: { $ref: ./Money.yaml }, Odd: { $ref: 'b.yaml#/__proto__' } } }
`,
      'Money.yaml': 'type: object\nproperties: { next: { $ref: Money.yaml } }\n',
      'b.yaml': '__proto__: { type: string }\n',
    });
    expect(findings).toEqual([]);
    const { schemas } = document['components'] as { schemas: object };
    expect(schemas).toEqual({
      Money: { type: 'object', properties: { next: { $ref: '#/components/schemas/Money' } } },
      Cash: { $ref: '#/components/schemas/Money' },
      Odd: { $ref: '#/components/schemas/Part' },
      Part: { type: 'string' },
    });
    expect(Object.getPrototypeOf(schemas)).toBe(Object.prototype);
  });

  it('is judged like the rest, at its own line', async () => {
    const { findings } = await loaded({
      'a.yaml': `${head}paths: {}\ncomponents: { parameters: { A: { $ref: b.yaml } } }\n`,
      'b.yaml': 'name: a\nin: qery\nschema: {}\n',
    });
    expect(findings).toMatchObject([{ rule: 'spec-structure', file: 'b.yaml', line: 1 }]);
  });

  it('is never taken from examples, defaults and extensions: they are data', async () => {
    const data = "{ $ref: 'nowhere.yaml' }";
    const modern = `${head}x-own: ${data}
paths:
  /things:
    get:
      responses:
        '200':
          description: d
          content:
            application/json:
              schema: { type: object, default: ${data}, enum: [${data}], const: ${data}, example: ${data}, examples: [${data}] }
              examples: { a: { value: ${data} } }
`;
    const swagger = `swagger: '2.0'
info: { title: T, version: '1' }
paths:
  /things:
    get:
      responses:
        '200': { description: d, schema: { type: object, example: ${data} }, examples: { application/json: ${data} } }
`;
    for (const text of [modern, swagger]) {
      const { findings, contract, asked } = await loaded({ 'a.yaml': text });
      expect(findings).toEqual([]);
      expect(contract?.operations).toHaveLength(1);
      expect(asked).toEqual(['a.yaml']);
    }
  });

  it('is upgraded with the rest when it is Swagger 2.0', async () => {
    const { findings, contract } = await loaded({
      'a.yaml': `swagger: '2.0'
info: { title: T, version: '1' }
paths:
  /things: { $ref: things.yaml }
  /others:
    get: { responses: { '200': { description: d, schema: { $ref: '#/paths/~1mine/get/responses/200/schema' } } } }
  /mine:
    get: { responses: { '200': { description: d, schema: { type: object, properties: { a: { type: string } } } } } }
`,
      'things.yaml': `get:
  parameters: [{ $ref: 'shared.yaml#/parameters/ids' }]
  responses: { '200': { $ref: 'shared.yaml#/responses/ok' } }
`,
      'shared.yaml': `parameters: { ids: { name: ids, in: query, type: array, items: { type: integer }, collectionFormat: pipes } }
responses: { ok: { description: d, schema: { $ref: '#/definitions/Thing' } } }
definitions: { Thing: { type: object, x-nullable: true } }
`,
    });
    expect(findings).toEqual([]);
    const [things, others] = contract?.operations ?? [];
    expect(things).toMatchObject({
      params: [{ name: 'ids', style: 'pipeDelimited', schema: { type: 'array', items: { type: 'integer' } } }],
      responses: [{ media: [{ type: 'application/json', schema: { $ref: '#/components/schemas/Thing' } }] }],
    });
    expect(contract?.schemas.get('Thing')).toEqual({ type: ['object', 'null'] });
    expect(others?.responses[0]?.media[0]?.schema).toEqual({ $ref: '#/components/schemas/getMineResponse200' });
    expect(contract?.schemas.get('getMineResponse200')).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
    });
  });

  it('includes what a discriminator maps to', async () => {
    const { document, findings } = await loaded({
      'a.yaml': `${head}paths: {}
components: { schemas: { Pet: { type: object, discriminator: { propertyName: kind, mapping: { cat: cat.yaml, dog: Dog, own: '#/components/schemas/Dog' } } }, Dog: { type: object } } }
`,
      'cat.yaml': 'type: object\n',
    });
    expect(findings).toEqual([]);
    expect(document).toMatchObject({
      components: {
        schemas: {
          Pet: {
            discriminator: {
              mapping: { cat: '#/components/schemas/cat', dog: 'Dog', own: '#/components/schemas/Dog' },
            },
          },
          cat: { type: 'object' },
        },
      },
    });
  });
});

describe('names that schemas and documents give themselves', () => {
  it('$anchor and $id are found, here and in other files, and become pointers', async () => {
    const { findings, contract } = await loaded({
      'a.yaml': `${head}paths: {}
components:
  schemas:
    Amount: { $anchor: amount, type: integer }
    Money: { $id: 'https://example.com/schemas/money', type: object, properties: { unit: { $ref: '#/$defs/unit' }, of: { $ref: '#/components/schemas/Amount' } }, $defs: { unit: { $anchor: unit, type: string } } }
    A: { $ref: '#amount' }
    B: { $ref: 'https://example.com/schemas/money' }
    C: { $ref: 'https://example.com/schemas/money#unit' }
    D: { $ref: 'b.yaml#size' }
`,
      'b.yaml': '$defs: { inner: { $anchor: size, type: number } }\n',
    });
    expect(findings).toEqual([]);
    expect(Object.fromEntries(contract?.schemas ?? [])).toMatchObject({
      Money: {
        properties: {
          unit: { $ref: '#/components/schemas/Money/$defs/unit' },
          of: { $ref: '#/components/schemas/Amount' },
        },
      },
      A: { $ref: '#/components/schemas/Amount' },
      B: { $ref: '#/components/schemas/Money' },
      C: { $ref: '#/components/schemas/Money/$defs/unit' },
      D: { $ref: '#/components/schemas/b' },
      b: { type: 'number' },
    });
    expect(contract?.schemas.get('Money')).not.toHaveProperty('$id');
  });

  it('$self says where a document is published; its neighbours there are its neighbours here', async () => {
    const { findings, contract, asked } = await loaded(
      {
        'api/a.yaml': `openapi: 3.2.0
$self: https://example.com/api/things.yaml
info: { title: T, version: 1.2.3 }
paths: {}
components:
  schemas:
    Own: { $ref: 'https://example.com/api/things.yaml#/components/schemas/Thing' }
    Near: { $ref: './shapes.yaml#/Size' }
    Published: { $ref: 'https://example.com/api/shapes.yaml#/Unit' }
    Thing: { type: object }
`,
        'api/shapes.yaml': 'Size: { type: integer }\nUnit: { type: string }\n',
      },
      'api/a.yaml',
    );
    expect(findings).toEqual([]);
    expect(asked).toEqual(['api/a.yaml', 'api/shapes.yaml']);
    expect(Object.fromEntries(contract?.schemas ?? [])).toMatchObject({
      Own: { $ref: '#/components/schemas/Thing' },
      Near: { $ref: '#/components/schemas/Size' },
      Published: { $ref: '#/components/schemas/Unit' },
    });
  });

  it('lead nowhere loudly, and a file that cannot be read is named once', async () => {
    const { findings } = await loaded({
      'a.yaml': `${head}paths: {}
components:
  schemas:
    A: { $ref: '#nowhere' }
    B: { $ref: 'https://example.com/nothing' }
    C: { $ref: 'absent.yaml#/x' }
    D: { $ref: 'absent.yaml#/y' }
`,
    });
    expect(findings.map(({ rule, line, message }) => [rule, line, message])).toEqual([
      ['ref-unresolved', 6, 'Nothing stands at #nowhere.'],
      ['ref-unresolved', 7, 'https://example.com/nothing cannot be read (no such file).'],
      ['ref-unresolved', 8, 'absent.yaml cannot be read (no such file).'],
    ]);
  });
});

describe('a schema', () => {
  it('of an older JSON Schema is named', async () => {
    const { findings } = await loaded({
      'a.yaml': `${head}paths: {}
components: { schemas: { A: { $schema: 'http://json-schema.org/draft-07/schema#' }, B: { $schema: 'https://json-schema.org/draft/2020-12/schema' } } }
`,
    });
    expect(findings).toMatchObject([
      { rule: 'dialect-unsupported', line: 4, message: expect.stringContaining('draft-07') },
    ]);
  });

  it.each(['swagger: "2.0"', 'openapi: 3.0.3', 'openapi: 3.1.0', 'openapi: 3.2.0'])(
    'whose enum is empty is named, accepts nothing and breaks nothing (%s)',
    async (version) => {
      const schemas = version.startsWith('swagger') ? 'definitions:' : 'components:\n  schemas:';
      const { findings, contract } = await loaded({
        'a.yaml': `${version}\ninfo: { title: T, version: '1' }\npaths: { /a: { get: { ${answer} } } }\n${schemas}\n    A: { type: string, enum: [] }\n`,
      });
      expect(messages(findings)).toEqual(['spec-structure']);
      expect(findings[0]?.message).toContain('`enum` must not be empty');
      expect(contract?.schemas.get('A')).toEqual({ type: 'string', not: {} });
    },
  );
});
