// How OpenAPI 3.0, 3.1 and 3.2 documents are built. Sources: the specifications' “Schema” chapters; where text and published
// schema differ, the published schema's verdict counts. A later version is said by what it changes.

import type { JsonObject } from '../../model/contract.ts';
import { isObject, textOf } from '../pointer.ts';
import type { ShapeSource, Table } from './shape.ts';

const withContent = ['style', 'explode', 'allowReserved', 'example', 'examples'];
const methods = 'get put post delete options head patch trace'.split(' ').map((method) => `${method}:Operation`);

const openapi31: Record<string, string | ShapeSource> = {
  Document: {
    keys: `openapi! info!:Info jsonSchemaDialect servers:[Server] paths:Paths webhooks:{PathItem} components:Components
      security:[{[string]}] tags:[Tag] externalDocs:ExternalDocumentation`,
    some: ['paths', 'components', 'webhooks'],
    check: checkVersion,
  },
  Info: 'title! summary description termsOfService contact:Contact license:License version!',
  Contact: 'name url email',
  License: { keys: 'name! identifier url', never: [['identifier', 'url']] },
  Server: 'url! description variables:{ServerVariable}',
  ServerVariable: 'enum:+[string] default! description',
  Components: `schemas:<Schema|boolean> responses:<&Response> parameters:<&Parameter> examples:<&Example>
    requestBodies:<&RequestBody> headers:<&Header> securitySchemes:<&SecurityScheme> links:<&Link> callbacks:<&Callback>
    pathItems:<PathItem>`,
  Paths: '/^\\//:PathItem',
  PathItem: `$ref summary description servers:[Server] parameters:[&Parameter] ${methods.join(' ')}`,
  Operation: `tags:[string] summary description externalDocs:ExternalDocumentation operationId parameters:[&Parameter]
    requestBody:&RequestBody responses:Responses callbacks:{&Callback} deprecated:boolean security:[{[string]}]
    servers:[Server]`,
  ExternalDocumentation: 'description url!',
  Parameter: {
    keys: `name! in!=query,header,path,cookie description required:boolean deprecated:boolean allowEmptyValue:boolean
      schema:Schema|boolean content:{MediaType} style explode:boolean allowReserved:boolean example:any
      examples:{&Example}`,
    one: [['schema', 'content']],
    never: [['example', 'examples'], ...withContent.map((key) => ['content', key])],
    check: (node) => checkParameter(node, { reserved: (place) => place === 'query' }),
  },
  RequestBody: 'description content!:{MediaType} required:boolean',
  MediaType: {
    keys: 'schema:Schema|boolean encoding:{Encoding} example:any examples:{&Example}',
    never: [['example', 'examples']],
  },
  Encoding: `contentType headers:{&Header} style=form,spaceDelimited,pipeDelimited,deepObject explode:boolean
    allowReserved:boolean`,
  Responses: { keys: 'default:&Response /^[1-5](?:\\d\\d|XX)$/:&Response', check: checkResponses },
  Response: 'description! headers:{&Header} content:{MediaType} links:{&Link}',
  Callback: '/^(?!x-)/:PathItem',
  Example: { keys: 'summary description value:any externalValue', never: [['value', 'externalValue']] },
  Link: {
    keys: 'operationRef operationId parameters:{any} requestBody:any description server:Server',
    one: [['operationRef', 'operationId']],
  },
  Header: {
    keys: `description required:boolean deprecated:boolean schema:Schema|boolean content:{MediaType} style=simple
      explode:boolean example:any examples:{&Example}`,
    one: [['schema', 'content']],
    never: [['example', 'examples'], ...withContent.map((key) => ['content', key])],
    check: checkContent,
  },
  Tag: 'name! description externalDocs:ExternalDocumentation',
  Reference: '$ref! summary description ...',
  // JSON Schema's own keywords are the validator's to judge; here is what OpenAPI adds, and where schemas stand.
  Schema: `... $ref enum:+[any] discriminator:Discriminator xml:Xml externalDocs:ExternalDocumentation
    allOf:+[Schema|boolean] anyOf:+[Schema|boolean] oneOf:+[Schema|boolean] prefixItems:+[Schema|boolean]
    not:Schema|boolean if:Schema|boolean then:Schema|boolean else:Schema|boolean items:Schema|boolean
    contains:Schema|boolean additionalProperties:Schema|boolean propertyNames:Schema|boolean
    unevaluatedItems:Schema|boolean unevaluatedProperties:Schema|boolean contentSchema:Schema|boolean
    properties:{Schema|boolean} patternProperties:{Schema|boolean} dependentSchemas:{Schema|boolean}
    $defs:{Schema|boolean} definitions:{Schema|boolean}`,
  Discriminator: 'propertyName! mapping:{string}',
  Xml: 'name namespace prefix attribute:boolean wrapped:boolean',
  SecurityScheme: {
    keys: 'type!=apiKey,http,mutualTLS,oauth2,openIdConnect description',
    variants: {
      by: 'type',
      apiKey: 'name! in!=query,header,cookie',
      http: 'scheme! bearerFormat',
      mutualTLS: '',
      oauth2: 'flows!:OAuthFlows',
      openIdConnect: 'openIdConnectUrl!',
    },
    check: checkScheme,
  },
  OAuthFlows: `implicit:ImplicitOAuthFlow password:PasswordOAuthFlow clientCredentials:ClientCredentialsOAuthFlow
    authorizationCode:AuthorizationCodeOAuthFlow`,
  ImplicitOAuthFlow: 'authorizationUrl! refreshUrl scopes!:{string}',
  PasswordOAuthFlow: 'tokenUrl! refreshUrl scopes!:{string}',
  ClientCredentialsOAuthFlow: 'tokenUrl! refreshUrl scopes!:{string}',
  AuthorizationCodeOAuthFlow: 'authorizationUrl! tokenUrl! refreshUrl scopes!:{string}',
};

const openapi30: Record<string, string | ShapeSource> = {
  ...openapi31,
  Document: {
    keys: `openapi! info!:Info servers:[Server] paths!:Paths components:Components security:[{[string]}] tags:#[Tag]
      externalDocs:ExternalDocumentation`,
    check: checkVersion,
  },
  Info: 'title! description termsOfService contact:Contact license:License version!',
  License: 'name! url',
  ServerVariable: 'enum:[string] default! description',
  Components: `schemas:<&Schema> responses:<&Response> parameters:<&Parameter> examples:<&Example>
    requestBodies:<&RequestBody> headers:<&Header> securitySchemes:<&SecurityScheme> links:<&Link> callbacks:<&Callback>`,
  PathItem: `$ref summary description servers:[Server] parameters:#[&Parameter] ${methods.join(' ')}`,
  Operation: `tags:[string] summary description externalDocs:ExternalDocumentation operationId parameters:#[&Parameter]
    requestBody:&RequestBody responses!:Responses callbacks:{&Callback} deprecated:boolean security:[{[string]}]
    servers:[Server]`,
  Parameter: {
    ...shape(openapi31['Parameter']),
    keys: `name! in!=query,header,path,cookie description required:boolean deprecated:boolean allowEmptyValue:boolean
      schema:&Schema content:{MediaType} style explode:boolean allowReserved:boolean example:any examples:{&Example}`,
    check: (node) =>
      node['in'] === 'path' && node['required'] !== true
        ? pathRequired
        : checkParameter(node, { reserved: () => true }),
  },
  MediaType: {
    keys: 'schema:&Schema encoding:{Encoding} example:any examples:{&Example}',
    never: [['example', 'examples']],
  },
  Link: {
    keys: 'operationRef operationId parameters:{any} requestBody:any description server:Server',
    never: [['operationRef', 'operationId']],
  },
  Header: {
    ...shape(openapi31['Header']),
    keys: `description required:boolean deprecated:boolean allowEmptyValue:boolean schema:&Schema content:{MediaType}
      style=simple explode:boolean allowReserved:boolean example:any examples:{&Example}`,
  },
  Reference: '$ref! ...',
  Schema: `title description format default:any example:any nullable:boolean readOnly:boolean writeOnly:boolean
    deprecated:boolean discriminator:Discriminator xml:Xml externalDocs:ExternalDocumentation
    type=array,boolean,integer,number,object,string enum:+[any] multipleOf:number maximum:number minimum:number
    exclusiveMaximum:boolean exclusiveMinimum:boolean maxLength:integer minLength:integer pattern maxItems:integer
    minItems:integer uniqueItems:boolean maxProperties:integer minProperties:integer required:+#[string]
    allOf:[&Schema] anyOf:[&Schema] oneOf:[&Schema] not:&Schema items:&Schema properties:{&Schema}
    additionalProperties:&Schema|boolean`,
  Discriminator: { keys: 'propertyName! mapping:{string} ...' },
  SecurityScheme: {
    ...shape(openapi31['SecurityScheme']),
    keys: 'type!=apiKey,http,oauth2,openIdConnect description',
  },
};

const openapi32: Record<string, string | ShapeSource> = {
  ...openapi31,
  Document: {
    keys: `openapi! $self info!:Info jsonSchemaDialect servers:[Server] paths:Paths webhooks:{PathItem}
      components:Components security:[{[string]}] tags:[Tag] externalDocs:ExternalDocumentation`,
    some: ['paths', 'components', 'webhooks'],
    check: (node) =>
      checkVersion(node) ?? (textOf(node['$self']).includes('#') ? '`$self` has no fragment.' : undefined),
  },
  Server: 'url! name description variables:{ServerVariable}',
  Components: `${keysOf(openapi31['Components'])} mediaTypes:<&MediaType>`,
  PathItem: {
    keys: `${keysOf(openapi31['PathItem'])} query:Operation additionalOperations:{Operation}`,
    check: checkPathItem,
  },
  Operation: { keys: keysOf(openapi31['Operation']), check: (node) => checkQueryString(node['parameters']) },
  Parameter: {
    keys: `name! in!=query,querystring,header,path,cookie description required:boolean deprecated:boolean
      allowEmptyValue:boolean schema:Schema|boolean content:{&MediaType} style explode:boolean allowReserved:boolean
      example:any examples:{&Example}`,
    one: [['schema', 'content']],
    never: [['example', 'examples'], ...['style', 'explode', 'allowReserved'].map((key) => ['content', key])],
    check: checkParameter32,
  },
  RequestBody: 'description content!:{&MediaType} required:boolean',
  MediaType: {
    keys: `description schema:Schema|boolean itemSchema:Schema|boolean encoding:{Encoding} prefixEncoding:[Encoding]
      itemEncoding:Encoding example:any examples:{&Example}`,
    never: [
      ['example', 'examples'],
      ['encoding', 'prefixEncoding'],
      ['encoding', 'itemEncoding'],
    ],
  },
  Encoding: {
    keys: `${keysOf(openapi31['Encoding'])} encoding:{Encoding} prefixEncoding:[Encoding] itemEncoding:Encoding`,
    never: [
      ['encoding', 'prefixEncoding'],
      ['encoding', 'itemEncoding'],
    ],
    check: checkHeaderNames,
  },
  Response: {
    keys: 'summary description headers:{&Header} content:{&MediaType} links:{&Link}',
    check: checkHeaderNames,
  },
  Example: {
    keys: 'summary description dataValue:any serializedValue value:any externalValue',
    never: [
      ['value', 'externalValue'],
      ['value', 'dataValue'],
      ['value', 'serializedValue'],
      ['serializedValue', 'externalValue'],
    ],
  },
  Header: {
    keys: `description required:boolean deprecated:boolean schema:Schema|boolean content:{&MediaType} style=simple
      explode:boolean example:any examples:{&Example}`,
    one: [['schema', 'content']],
    never: [
      ['example', 'examples'],
      ['content', 'style'],
      ['content', 'explode'],
    ],
    check: checkContent,
  },
  Tag: 'name! summary description externalDocs:ExternalDocumentation parent kind',
  Discriminator: 'propertyName! mapping:{string} defaultMapping',
  Xml: {
    keys: 'nodeType=element,attribute,text,cdata,none name namespace prefix attribute:boolean wrapped:boolean',
    never: [
      ['nodeType', 'attribute'],
      ['nodeType', 'wrapped'],
    ],
  },
  SecurityScheme: {
    ...shape(openapi31['SecurityScheme']),
    keys: 'type!=apiKey,http,mutualTLS,oauth2,openIdConnect description deprecated:boolean',
    variants: {
      ...shape(openapi31['SecurityScheme']).variants,
      by: 'type',
      oauth2: 'flows!:OAuthFlows oauth2MetadataUrl',
    },
  },
  OAuthFlows: `${keysOf(openapi31['OAuthFlows'])} deviceAuthorization:DeviceAuthorizationOAuthFlow`,
  DeviceAuthorizationOAuthFlow: 'deviceAuthorizationUrl! tokenUrl! refreshUrl scopes!:{string}',
};

export const openapiTables = { '3.0': openapi30, '3.1': openapi31, '3.2': openapi32 } satisfies Record<string, Table>;

function shape(source: string | ShapeSource | undefined): ShapeSource {
  return typeof source === 'object' ? source : { keys: source ?? '' };
}

function keysOf(source: string | ShapeSource | undefined): string {
  return shape(source).keys;
}

function checkVersion({ openapi }: JsonObject): string | undefined {
  return /^3\.\d\.\d+(?:-.+)?$/.test(textOf(openapi))
    ? undefined
    : '`openapi` is a version of three numbers, such as 3.1.0.';
}

const pathRequired = 'A path parameter needs `required: true`.';
const styles: Readonly<Record<string, readonly string[]>> = {
  path: ['matrix', 'label', 'simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};

interface Location {
  /** True where `allowReserved` may stand. */
  reserved: (place: string) => boolean;
  cookie?: readonly string[];
}

function checkParameter(node: JsonObject, { reserved, cookie }: Location): string | undefined {
  const place = textOf(node['in']);
  const { style } = node;
  const known = (place === 'cookie' ? cookie : undefined) ?? styles[place];
  if (place === 'path' && node['schema'] !== undefined && node['required'] !== true) return pathRequired;
  if (style !== undefined && known && !known.includes(textOf(style)))
    return `The style of a ${place} parameter is ${known.join(', ')}.`;
  if (node['allowReserved'] !== undefined && !reserved(place))
    return `\`allowReserved\` means nothing in a ${place} here.`;
  if (node['allowEmptyValue'] !== undefined && place !== 'query') return '`allowEmptyValue` is for query parameters.';
  return checkContent(node);
}

function checkContent({ content }: JsonObject): string | undefined {
  if (!isObject(content) || Object.keys(content).length === 1) return undefined;
  return '`content` must hold exactly one media type here.';
}

const token = /^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$/;

function checkParameter32(node: JsonObject): string | undefined {
  const { in: place, name } = node;
  if (place === 'header' && typeof name === 'string' && !token.test(name))
    return `"${name}" cannot be a header's name.`;
  if (place === 'path' && typeof name === 'string' && /[{}]/.test(name))
    return `"${name}" cannot stand in a path template.`;
  if (place === 'querystring' && node['content'] === undefined)
    return 'A querystring parameter is described by `content`.';
  const reserved = (where: string): boolean =>
    where === 'path' || where === 'query' || (where === 'cookie' && node['style'] !== 'cookie');
  return checkParameter(node, { reserved, cookie: ['form', 'cookie'] });
}

function checkHeaderNames({ headers }: JsonObject): string | undefined {
  const wrong = isObject(headers) ? Object.keys(headers).find((name) => !token.test(name)) : undefined;
  return wrong === undefined ? undefined : `"${wrong}" cannot be a header's name.`;
}

/** The query is one value or many parameters, never both. */
function checkQueryString(parameters: unknown): string | undefined {
  const places = (Array.isArray(parameters) ? parameters : []).map((node) => (isObject(node) ? node['in'] : undefined));
  const whole = places.filter((place) => place === 'querystring').length;
  if (whole > 1) return 'There can be one querystring parameter only.';
  return whole === 1 && places.includes('query') ? 'A querystring parameter excludes query parameters.' : undefined;
}

function checkPathItem(node: JsonObject): string | undefined {
  const more = isObject(node['additionalOperations']) ? Object.keys(node['additionalOperations']) : [];
  const known = more.find((name) =>
    [...methods, 'query:'].some((method) => method.startsWith(`${name.toLowerCase()}:`)),
  );
  if (known !== undefined) return `${known} stands beside the others, as \`${known.toLowerCase()}\`.`;
  const odd = more.find((name) => !token.test(name));
  if (odd !== undefined) return `"${odd}" cannot be a method.`;
  return checkQueryString(node['parameters']);
}

function checkResponses(node: JsonObject): string | undefined {
  if (Object.keys(node).some((key) => !key.startsWith('x-'))) return undefined;
  return 'There must be at least one response; `default` covers them all.';
}

function checkScheme({ type, scheme, bearerFormat }: JsonObject): string | undefined {
  const isBearer = typeof scheme === 'string' && scheme.toLowerCase() === 'bearer';
  return type === 'http' && bearerFormat !== undefined && !isBearer
    ? '`bearerFormat` belongs to the scheme bearer.'
    : undefined;
}
