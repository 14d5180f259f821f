// The one model of a contract. Loader, lint, mock, edge, client, docs, assistant and tests all read these types;
// nothing else parses OpenAPI. Every `$ref` in a Schema points into `Contract.document` (`#/components/schemas/…`).

import type { Policy } from './policy.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** A JSON Schema 2020-12 in the shape of OpenAPI 3.2; `$ref`s are local to the document. */
export type Schema = boolean | JsonObject;

/** Where an author wrote something. Lines and columns count from 1. */
export interface Position {
  file: string;
  pointer: string;
  line: number;
  column: number;
}

export type Severity = 'error' | 'warn' | 'info' | 'hint';

/** One remark about a contract. `rule` is a stable kebab-case id; `fix` says what to add and where. */
export interface Finding extends Position {
  rule: string;
  severity: Severity;
  message: string;
  fix?: string;
}

/** HTTP methods in lower case, as OpenAPI writes them; others (`additionalOperations`) in lower case too. */
export type Method =
  | 'get'
  | 'put'
  | 'post'
  | 'delete'
  | 'options'
  | 'head'
  | 'patch'
  | 'trace'
  | 'query'
  | (string & {});

/** A contract of one capability (ours) or of somebody else's API (foreign), in the OpenAPI 3.2 shape. */
export interface Contract {
  /** The capability's name (`x-plinth.capability`), else a kebab-case form of the title. */
  id: string;
  title: string;
  version: string;
  /** First number of `version`; the path prefix is `/<id>/v<major>`. */
  major: number;
  /** What the author wrote; `document` is in the 3.2 shape whichever it was. */
  dialect: '2.0' | '3.0' | '3.1' | '3.2';
  /** Path part of the first server, without trailing slash (`/orders/v1`); '' when there is none. */
  basePath: string;
  /** Where the API is reached; empty when the document does not say. */
  servers: Server[];
  tags: Tag[];
  securitySchemes: Map<string, JsonObject>;
  operations: Operation[];
  webhooks: Operation[];
  schemas: Map<string, Schema>;
  events: EventType[];
  problems: ProblemType[];
  policy: Policy;
  resources: Resource[];
  /** The whole document after bundling and upgrading; the target of every `$ref`. */
  document: JsonObject;
  /** True when someone else owns it: undeclared policy is then allowed instead of refused. */
  foreign: boolean;
  /** Position of any object or array of `document`. */
  at(node: object): Position;
}

/** `url` has no slash at its end and its variables filled in; it may be relative to where the contract is published. */
export interface Server {
  url: string;
  description: string;
  /** From OpenAPI 3.2 on. */
  name?: string;
}

/** A declared tag. `parent` names another tag; `kind` says what the tag is for (`nav`, `badge`, `audience`). */
export interface Tag {
  name: string;
  summary?: string;
  description?: string;
  parent?: string;
  kind?: string;
}

/** `id` is the operationId, else derived from method and path. `key` is stable under renaming of variables. */
export interface Operation {
  id: string;
  /** `GET /orders/{}`: method and path with the names of variables removed. */
  key: string;
  method: Method;
  /** Relative to the contract's base path: `/orders/{orderId}`. */
  path: string;
  summary: string;
  description: string;
  params: Param[];
  body?: Body;
  responses: Response[];
  callbacks: Operation[];
  /** What its answers let a caller do next. */
  links: Link[];
  /** OR of ANDs: any entry suffices, all schemes of an entry are needed. `[]` = public. undefined = undeclared. */
  security: Requirement[] | undefined;
  /** Its own, else those of its path, else the document's. */
  servers: Server[];
  tags: string[];
  deprecated: boolean;
  /** Document policy with the operation's own keys laid over it; defaults filled in. */
  policy: Policy;
  /** The operation object in `Contract.document`, for positions. */
  node: JsonObject;
}

/** Scheme name → scopes. */
export type Requirement = Record<string, string[]>;

export interface Param {
  name: string;
  /** `querystring`: the whole text behind `?`, read by `media`. */
  in: 'path' | 'query' | 'querystring' | 'header' | 'cookie';
  required: boolean;
  description: string;
  style: string;
  explode: boolean;
  allowReserved: boolean;
  schema: Schema;
  /** Media type when the parameter is described by `content`. */
  media?: string;
  /** What `content` says of the properties of a `querystring` form; as `encoding` of a body. */
  encoding?: JsonObject;
  policy: JsonObject;
}

export interface Body {
  required: boolean;
  media: Media[];
}

/** One media type of a body. Of a stream or sequence `itemSchema` describes each item, `schema` the whole. */
export interface Media {
  type: string;
  schema?: Schema;
  itemSchema?: Schema;
  /** By property name. */
  encoding: JsonObject;
  /** By position, of `multipart` without names; what comes after them is encoded by `itemEncoding`. */
  prefixEncoding?: JsonObject[];
  itemEncoding?: JsonObject;
  examples: Example[];
}

export interface Example {
  name: string;
  summary: string;
  value: JsonValue;
}

export interface Response {
  /** 200, '2XX' or 'default'. */
  status: number | string;
  summary: string;
  description: string;
  headers: Param[];
  media: Media[];
}

/** A link of a response (OpenAPI “Link Object”); values are runtime expressions or constants. */
export interface Link {
  name: string;
  /** The answer it stands in. */
  status: number | string;
  /** Id of the operation it leads to; absent when that stands in another contract or nowhere. */
  operation?: string;
  params: JsonObject;
  body?: JsonValue;
  description: string;
}

/** A declared fact (`events.yaml`): CloudEvents type, data schema, and in one sentence when it happens. */
export interface EventType {
  type: string;
  when: string;
  data: Schema;
}

/** A caller-visible failure (`problems.yaml`). `code` is complete: `orders.already-shipped`. */
export interface ProblemType {
  code: string;
  status: number;
  title: string;
  detail: string;
  advice: string;
  operatorAdvice: string;
  next: string[];
  retryable: boolean;
  /** The same in other languages than English, by language tag in its usual spelling (`de`, `pt-BR`). */
  translations?: Record<string, ProblemTexts>;
}

/** What a caller reads of a problem; both may hold `{names}` of values. */
export interface ProblemTexts {
  detail: string;
  advice: string;
}

/** What the operations do to which thing; declared by `x-plinth.resource` or inferred. */
export interface Resource {
  name: string;
  /** Pointer-free name of the id property in the item. */
  id: string;
  schema?: Schema;
  parent?: string;
  states?: States;
  operations: { id: string; action: ResourceAction }[];
}

export type ResourceAction = 'list' | 'create' | 'read' | 'replace' | 'update' | 'remove' | 'transition' | 'query';

/** State machine of a resource. Any move not listed is illegal (409 `conflicting-state`). */
export interface States {
  property: string;
  initial: string;
  final: string[];
  moves: { name: string; from: string[]; to: string; by: string; afterS?: number }[];
}

/** The operation a request meets, with its path variables: decoded, and `raw` as sent (lists are split before decoding). */
export type RouteMatch =
  | {
      kind: 'match';
      operation: Operation;
      contract: Contract;
      params: Record<string, string>;
      raw: Record<string, string>;
    }
  | { kind: 'method'; allow: string[] }
  | { kind: 'none' };
