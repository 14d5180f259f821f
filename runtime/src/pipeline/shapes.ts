// The shapes of one operation, compiled once from its contract: parameters, body, replies. The only place where the
// pipeline meets the contract's validators.

import {
  bodyLimits,
  compileBody,
  compileBodyCodec,
  compileParams,
  compileView,
  type BodyCodec,
  type BodyReader,
  type BodyReading,
  type Contract,
  type Decoded,
  type FileTaker,
  type FormReading,
  holdsSensitive,
  type ItemCodec,
  type Media,
  type Operation,
  type Param,
  type ReadParams,
  type Response,
  type Schema,
  sequenceKind,
  type View,
} from '@plinth/contract/serving';
import { fileLimits } from '../kernel/index.ts';
import type { ProblemDetail } from './problems.ts';

export type Values = { values: Record<string, unknown> } | { errors: readonly ProblemDetail[] };

export type Checked = { value: unknown } | { errors: readonly ProblemDetail[] };

export interface BodyShape {
  /** Declared media types. */
  accepted: readonly string[];
  required: boolean;
  /** Checks a parsed JSON body; undeclared properties are refused or dropped as the contract says. */
  check(value: unknown, contentType?: string): Checked;
  /** Reads and checks a body that is no JSON: forms become objects, sequences lists, text and bytes stay what they are. */
  decode(bytes: Uint8Array, contentType: string): Checked;
  /** Reads a form whose files go elsewhere; undefined for a content type that is none. */
  openForm(contentType: string, taker: FileTaker): FormReading | undefined;
}

export interface StreamShape {
  type: string;
  /** Items that are values; undefined: the handler gives bytes. */
  items: ItemCodec | undefined;
  /** Judges the bytes of one answer as they pass. */
  open(): BodyReading;
}

export interface ParamShapes {
  /** Typed parameters by name, from the raw path variables, the raw query and header fields. */
  readParams(
    path: Readonly<Record<string, string>>,
    query: string,
    header: (name: string) => string | undefined,
  ): Values;
  /** Parameters that are already typed (an invocation's input). Defaults are filled in alike. */
  checkParams(input: Readonly<Record<string, unknown>>): Values;
}

export interface OperationShapes extends ParamShapes {
  /** The one at `query.accountId` by itself, for what must know it before all are read. */
  paramAt(place: string): ParamShapes;
  body: BodyShape | undefined;
  /** True when this reply is to be checked. */
  mustCheck(): boolean;
  /** True when every reply is checked. */
  checksAll: boolean;
  /** How a streamed reply is checked and sent; undefined = the status declares no body of that type. */
  streamOf(status: number, contentType: string | undefined): StreamShape | undefined;
  /** What is wrong with a reply; undefined = fine. */
  checkReply(status: number, body: unknown): readonly unknown[] | undefined;
  /** What of an answer with this status is for some readers only; undefined = all is for everybody. */
  viewOf(status: number): View | undefined;
  /** The same of each item of an answer that is sent while it is made. */
  itemViewOf(status: number): View | undefined;
  /** What of the body only some callers may send. */
  bodyView: View | undefined;
  /** True when an answer shows a secret that no other answer shows. */
  reveals: boolean;
  /** True when something secret or personal may stand in an answer: what is kept of it is sealed. */
  seals: boolean;
  /** Purposes without a consent to which parts of answers are left out. */
  purposes: readonly string[];
}

/** One in so many replies is checked when `sampled`. */
const sampleEvery = 100;

export interface ShapeOptions {
  /** Which replies are to be checked: all, or one in a hundred. */
  checkReplies: 'always' | 'sampled';
  /** Code of body validators is emitted now, or with their first use. */
  compiles: 'ahead' | 'late';
}

export function compileShapes(
  contract: Contract,
  operation: Operation,
  { checkReplies, compiles }: ShapeOptions,
): OperationShapes {
  let seen = 0;
  const views = compileViews(contract, operation);
  const viewFor = (known: Views['whole'], status: number): View | undefined =>
    known.size === 0 ? undefined : known.get(responseFor(operation.responses, status));
  const sent = operation.body && jsonOf(operation.body.media)?.schema;
  const reveals = [...views.whole.values()].some((view) => view.reveals);
  return {
    ...compileParamShapes(contract, operation),
    paramAt: (place) =>
      compileParamShapes(contract, {
        ...operation,
        params: operation.params.filter((param) => placeOfParam(param) === place),
        policy: { ...operation.policy, unknown: 'pass' },
      }),
    body: compileBodyShape(contract, operation, compiles),
    checksAll: checkReplies === 'always',
    streamOf: compileStreams(contract, operation),
    mustCheck: checkReplies === 'always' ? () => true : () => seen++ % sampleEvery === 0,
    checkReply: compileReplies(contract, operation),
    viewOf: (status) => viewFor(views.whole, status),
    itemViewOf: (status) => viewFor(views.items, status),
    bodyView: sent === undefined ? undefined : compileView(sent, contract.document, { reveals: false }),
    reveals,
    seals: reveals || keepsSensitive(contract, operation),
    purposes: [...new Set([...views.whole.values(), ...views.items.values()].flatMap(({ purposes }) => purposes))],
  };
}

function compileParamShapes(contract: Contract, operation: Operation): ParamShapes {
  const reader = compileParams(operation, contract.document);
  return {
    readParams: (path, query, header) => valuesOf(reader.read({ path, query, header })),
    checkParams: (input) => valuesOf(reader.check(input)),
  };
}

function valuesOf({ values, violations }: ReadParams): Values {
  return violations.length > 0 ? { errors: violations } : { values };
}

/** `query.accountId`: how policies name a parameter. */
export function placeOfParam(param: Pick<Param, 'in' | 'name'>): string {
  return `${param.in}.${param.name}`;
}

/** Of a multipart body. The body as a whole is bounded before, while it is read; here what of a form is held. */
const limits = { ...bodyLimits, bodyBytes: 1_048_576, parts: 20, partBytes: fileLimits.fileBytes };

function compileBodyShape(
  contract: Contract,
  operation: Operation,
  compiles: ShapeOptions['compiles'],
): BodyShape | undefined {
  const { body, policy } = operation;
  if (body === undefined) return undefined;
  const codec = compileBodyCodec(body, contract, { unknown: policy.unknown, limits });
  if (compiles === 'ahead') codec.prepare();
  return {
    accepted: body.media.map((media) => media.type),
    required: body.required,
    check: (value, contentType) => checked(codec.check(value, contentType)),
    decode: (bytes, contentType) => checked(codec.decode(bytes, contentType)),
    openForm: (contentType, taker) => codec.openForm(contentType, taker),
  };
}

function checked(decoded: Decoded): Checked {
  return 'value' in decoded ? decoded : { errors: decoded.violations };
}

/** Exact status, then `2XX`, then `default`. Undeclared success statuses break the contract. */
function compileReplies(contract: Contract, operation: Operation): OperationShapes['checkReply'] {
  const readers = new Map<number, BodyReader | 'any' | undefined>();
  const readerOf = (status: number): BodyReader | 'any' | undefined => {
    const response = responseFor(operation.responses, status);
    if (response === undefined) return undefined;
    const schema = jsonOf(response.media)?.schema;
    if (schema === undefined) return 'any';
    return compileBody(schema, contract.document, { unknown: 'pass', direction: 'response' });
  };
  return (status, body) => {
    if (!readers.has(status)) readers.set(status, readerOf(status));
    const reader = readers.get(status);
    if (reader === undefined) return [{ rule: 'status', message: `${status} is not declared.` }];
    if (reader === 'any' || reader.check(body)) return undefined;
    return reader.explain(body);
  };
}

/** Answers of reads are kept for nobody's repetition. */
function keepsSensitive({ document }: Contract, { policy, responses }: Operation): boolean {
  return (
    policy.effect !== 'read' && responses.some(({ media }) => holdsSensitive(jsonOf(media)?.schema ?? true, document))
  );
}

interface Views {
  whole: Map<Response | undefined, View>;
  items: Map<Response | undefined, View>;
}

/** Only answers in which something is not for everybody have one. A secret stands in the answer that makes it. */
function compileViews({ document }: Contract, { responses, policy }: Operation): Views {
  const views: Views = { whole: new Map(), items: new Map() };
  for (const response of responses) {
    const reveals = policy.effect !== 'read' && String(response.status).startsWith('2');
    const put = (into: Views['whole'], schema: Schema | undefined): void => {
      const view = schema === undefined ? undefined : compileView(schema, document, { reveals });
      if (view !== undefined) into.set(response, view);
    };
    put(views.whole, jsonOf(response.media)?.schema);
    put(views.items, response.media.find(({ itemSchema }) => itemSchema !== undefined)?.itemSchema);
  }
  return views;
}

function compileStreams(contract: Contract, operation: Operation): OperationShapes['streamOf'] {
  const codecs = new Map<Response, BodyCodec>();
  return (status, contentType) => {
    const response = responseFor(operation.responses, status);
    const type = contentType ?? response?.media.find((media) => sequenceKind(media.type) !== undefined)?.type;
    if (response === undefined || type === undefined) return undefined;
    let codec = codecs.get(response);
    if (codec === undefined) {
      const body = { required: true, media: response.media };
      codec = compileBodyCodec(body, contract, { unknown: 'pass', direction: 'response' });
      codecs.set(response, codec);
    }
    const found = codec;
    return { type, items: found.items(type), open: () => found.open(type) };
  };
}

function responseFor(responses: readonly Response[], status: number): Response | undefined {
  const range = `${String(status)[0]}XX`;
  return (
    responses.find((each) => each.status === status) ??
    responses.find((each) => String(each.status).toUpperCase() === range) ??
    responses.find((each) => each.status === 'default')
  );
}

export function jsonOf(media: readonly Media[]): Media | undefined {
  return media.find(({ type }) => /[/+]json\b/i.test(type) || type === '*/*');
}
