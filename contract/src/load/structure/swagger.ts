// How Swagger 2.0 documents are built (specification 2.0, “Schema”). A part of a form is described like a parameter.

import { textOf } from '../pointer.ts';
import type { Table } from './shape.ts';

const limits = `default:any maximum:number exclusiveMaximum:boolean minimum:number exclusiveMinimum:boolean
  maxLength:integer minLength:integer pattern maxItems:integer minItems:integer uniqueItems:boolean enum:+[any]
  multipleOf:number`;
const value = `type!=string,number,integer,boolean,array format items:Items collectionFormat=csv,ssv,tsv,pipes ${limits}`;
const manyValues = value.replace('pipes', 'pipes,multi');
const methods = 'get put post delete options head patch'.split(' ').map((method) => `${method}:Operation`);
const schemes = '#[=http,https,ws,wss]';

export const swagger20: Table = {
  Document: `swagger!=2.0 info!:Info host basePath schemes:${schemes} consumes:#[string] produces:#[string] paths!:Paths
    definitions:{&Schema} parameters:{Parameter} responses:{Response} security:#[{[string]}]
    securityDefinitions:{SecurityScheme} tags:#[Tag] externalDocs:ExternalDocumentation`,
  Info: 'title! description termsOfService contact:Contact license:License version!',
  Contact: 'name url email',
  License: 'name! url',
  Paths: '/^\\//:PathItem',
  PathItem: `$ref parameters:#[&Parameter] ${methods.join(' ')}`,
  Operation: `tags:#[string] summary description externalDocs:ExternalDocumentation operationId consumes:#[string]
    produces:#[string] parameters:#[&Parameter] responses!:Responses schemes:${schemes} deprecated:boolean
    security:#[{[string]}]`,
  ExternalDocumentation: 'description url!',
  Parameter: {
    keys: 'name! in!=body,query,header,path,formData description required:boolean',
    variants: {
      by: 'in',
      body: 'schema!:&Schema',
      query: `${manyValues} allowEmptyValue:boolean`,
      header: value,
      path: value,
      formData: `${manyValues.replace('array', 'array,file')} allowEmptyValue:boolean`,
    },
    check: (node) =>
      node['in'] === 'path' && node['required'] !== true ? 'A path parameter needs `required: true`.' : undefined,
  },
  Items: value,
  Header: `description ${value}`,
  Responses: {
    keys: 'default:&Response /^\\d{3}$/:&Response',
    check: (node) =>
      Object.keys(node).some((key) => !key.startsWith('x-')) ? undefined : 'There must be at least one response.',
  },
  Response: 'description! schema:&Schema headers:{Header} examples:any',
  Tag: 'name! description externalDocs:ExternalDocumentation',
  Reference: '$ref! ...',
  Schema: `title description format type:string|[string] ${limits} maxProperties:integer minProperties:integer
    required:+#[string] allOf:+[&Schema] items:&Schema|[&Schema] properties:{&Schema} additionalProperties:&Schema|boolean
    discriminator readOnly:boolean xml:Xml externalDocs:ExternalDocumentation example:any`,
  Xml: 'name namespace prefix attribute:boolean wrapped:boolean',
  SecurityScheme: {
    keys: 'type!=basic,apiKey,oauth2 description',
    variants: {
      by: 'type',
      basic: '',
      apiKey: 'name! in!=query,header',
      oauth2: 'flow!=implicit,password,application,accessCode authorizationUrl tokenUrl scopes:{string}',
    },
    check: ({ type, flow, authorizationUrl, tokenUrl }) => {
      if (type !== 'oauth2') return undefined;
      const needsUrl = flow === 'implicit' || flow === 'accessCode';
      if (needsUrl && authorizationUrl === undefined) return `The flow ${flow} needs \`authorizationUrl\`.`;
      return flow !== 'implicit' && tokenUrl === undefined ? `The flow ${textOf(flow)} needs \`tokenUrl\`.` : undefined;
    },
  },
};
