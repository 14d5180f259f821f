// The rules of the gate, as data: place × subject × change → level and words. Nothing else decides how bad a change is.

export const diffLevels = ['error', 'warn', 'info'] as const;
export type DiffLevel = (typeof diffLevels)[number];

export interface DiffRule {
  /** `place.subject.change`: `request.property.maximum.lowered`. */
  id: string;
  level: DiffLevel;
  /** What happened, with `{before}` and `{after}` filled in. */
  says: string;
  /** True when the rule is about the set of values: a proof that it hurts nobody takes the finding away. */
  provable: boolean;
  /** True when it would hurt the other side only, so it is no reason why what was right should not be right any more. */
  harmless: boolean;
}

const E = 'error';
const W = 'warn';
const I = 'info';

export type Row = readonly [subject: string, change: string, sent: DiffLevel, read: DiffLevel, says: string];

/** What a schema can say about a value: the level where callers send it, and where they read it. */
export const values: readonly Row[] = [
  ['type', 'narrowed', E, I, 'the type was {before} and is {after}'],
  ['type', 'widened', I, E, 'the type was {before} and is {after}'],
  ['type', 'changed', E, E, 'the type was {before} and is {after}'],
  ['null', 'added', I, E, 'null is allowed now'],
  ['null', 'removed', E, I, 'null is no longer allowed'],
  ['format', 'added', E, I, 'must have the format {after}'],
  ['format', 'removed', I, I, 'need no longer have the format {before}'],
  ['format', 'changed', E, E, 'the format was {before} and is {after}'],
  ['pattern', 'added', E, I, 'must fit the pattern {after}'],
  ['pattern', 'removed', I, I, 'need no longer fit the pattern {before}'],
  ['pattern', 'changed', W, I, 'the pattern was {before} and is {after}'],
  ['enum', 'added', E, I, 'only {after} are allowed now'],
  ['enum', 'removed', I, E, 'is no longer one of {before}'],
  ['enum', 'value-added', I, E, '{after} may come now'],
  ['enum', 'value-added-as-announced', I, I, '{after} may come now; the list was said to grow'],
  ['enum', 'value-removed', E, I, '{before} may no longer come'],
  ...['maximum', 'max-length', 'max-items', 'max-properties', 'max-contains'].flatMap((subject): Row[] => [
    [subject, 'added', W, I, `must keep to ${subject} {after}`],
    [subject, 'removed', I, E, `need no longer keep to ${subject} {before}`],
    [subject, 'lowered', E, I, `${subject} was {before} and is {after}`],
    [subject, 'raised', I, E, `${subject} was {before} and is {after}`],
  ]),
  ...['minimum', 'min-length', 'min-items', 'min-properties', 'min-contains'].flatMap((subject): Row[] => [
    [subject, 'added', W, I, `must keep to ${subject} {after}`],
    [subject, 'removed', I, E, `need no longer keep to ${subject} {before}`],
    [subject, 'raised', E, I, `${subject} was {before} and is {after}`],
    [subject, 'lowered', I, E, `${subject} was {before} and is {after}`],
  ]),
  ['multiple-of', 'added', E, I, 'must be a multiple of {after}'],
  ['multiple-of', 'removed', I, E, 'need no longer be a multiple of {before}'],
  ['multiple-of', 'changed', E, E, 'must be a multiple of {after}, not of {before}'],
  ['unique-items', 'added', E, I, 'items must differ now'],
  ['unique-items', 'removed', I, E, 'items may repeat now'],
  ['additional-properties', 'closed', E, I, 'properties that are not named are no longer allowed'],
  ['additional-properties', 'opened', I, I, 'properties that are not named are allowed now'],
  ['additional-properties', 'narrowed', E, I, 'properties that are not named must fit a schema now'],
  ['additional-properties', 'widened', I, E, 'properties that are not named may be anything now'],
  ...['one-of', 'any-of'].flatMap((subject): Row[] => [
    [subject, 'branch-added', I, E, '{after} is one more form'],
    [subject, 'branch-removed', E, I, '{before} is no longer a form'],
    [subject, 'added', E, I, 'must fit one of several forms now'],
    [subject, 'removed', I, E, 'need no longer fit one of several forms'],
  ]),
  ...[
    'not',
    'if',
    'then',
    'else',
    'contains',
    'dependent-required',
    'dependent-schemas',
    'property-names',
    'pattern-properties',
    'unevaluated-items',
    'unevaluated-properties',
    'content-schema',
    'all-of',
  ].flatMap((subject): Row[] => [
    [subject, 'added', E, I, `must fit a condition now: ${subject}`],
    [subject, 'removed', I, E, `need no longer fit a condition: ${subject}`],
    [subject, 'changed', E, E, `the condition ${subject} changed`],
  ]),
  ...['content-media-type', 'content-encoding'].flatMap((subject): Row[] => [
    [subject, 'added', E, E, `${subject} is {after}`],
    [subject, 'removed', E, E, `${subject} was {before} and is open now`],
    [subject, 'changed', E, E, `${subject} was {before} and is {after}`],
  ]),
  ['prefix-items', 'added', E, I, 'more places of the list have a schema of their own'],
  ['prefix-items', 'removed', I, E, 'fewer places of the list have a schema of their own'],
  ['prefix-items', 'lengthened', I, E, 'the list may be longer'],
  ['prefix-items', 'shortened', E, I, 'the list may no longer be so long'],
];

/** What a schema says beside the set of its values. A proof about values does not touch these. */
export const meanings: readonly Row[] = [
  ['default', 'added', I, I, 'the default is {after}; there was none'],
  ['default', 'removed', I, I, 'the default was {before}; there is none'],
  ['default', 'changed', I, I, 'the default was {before} and is {after}'],
  ['discriminator', 'added', I, I, 'forms are told apart by {after} now'],
  ['discriminator', 'removed', I, I, 'forms are no longer told apart by {before}'],
  ['discriminator', 'changed', I, I, 'the discriminator was {before} and is {after}'],
  ['extensible', 'added', I, W, 'values may be added from now on'],
  ['extensible', 'removed', I, I, 'the list of values is final now'],
  ['sensitivity', 'lowered', E, E, 'the sensitivity was {before} and is {after}'],
  ['sensitivity', 'raised', I, I, 'the sensitivity was {before} and is {after}'],
  ['deprecated', 'added', I, I, 'is deprecated'],
  ['deprecated', 'removed', I, I, 'is no longer deprecated'],
  ['sunset', 'missing', E, E, 'is deprecated and does not say until when it works'],
  ['sunset', 'invalid', E, E, 'the sunset {after} is no date'],
  ['sunset', 'too-soon', E, E, 'the sunset {after} leaves callers too little time'],
  ['sunset', 'nearer', E, E, 'the sunset was {before} and is now {after}'],
  ['sunset', 'removed', E, E, 'the sunset {before} is gone, and it is still deprecated'],
  ['stage', 'lowered', E, E, 'the stage was {before} and is {after}'],
  ['stage', 'raised', I, I, 'the stage was {before} and is {after}'],
];

/** Properties of objects, by the side that sends the object. */
export const properties: readonly (readonly [...Row, provable: boolean])[] = [
  ['property', 'added', I, I, 'is new', false],
  ['property', 'added-required', E, I, 'is new and required', true],
  ['property', 'removed', W, W, 'is gone', false],
  ['property', 'removed-refused', E, W, 'is gone and refused from now on', false],
  ['property', 'removed-required', W, E, 'was always there and is gone', false],
  ['property', 'made-required', E, I, 'is required now', true],
  ['property', 'made-optional', I, E, 'is no longer required', true],
  ['property', 'read-only', I, I, 'is read-only now', false],
  ['property', 'not-read-only', I, I, 'is no longer read-only', false],
  ['property', 'not-read-only-required', E, I, 'is no longer read-only: requests have to carry it', false],
  ['property', 'write-only', I, I, 'is write-only now: answers no longer carry it', false],
  ['property', 'write-only-required', I, E, 'was required and is write-only now: answers no longer carry it', false],
  ['property', 'not-write-only', I, I, 'is no longer write-only', false],
  ['property', 'not-write-only-required', I, W, 'is no longer write-only: answers carry it', false],
];

/** Who sends what stands there: callers (`sent`) or the service (`read`). */
export const sides = {
  request: 'sent',
  response: 'read',
  webhook: 'read',
  'webhook-answer': 'sent',
  event: 'read',
} as const;

export type DiffSide = keyof typeof sides;

export const places: readonly (readonly [side: DiffSide, parts: readonly string[]])[] = [
  ['request', ['body', 'property', 'parameter']],
  ['response', ['body', 'property', 'header']],
  ['webhook', ['body', 'property', 'parameter']],
  ['webhook-answer', ['body', 'property', 'header']],
  ['event', ['body', 'property']],
];

/** Levels where the place matters beside the side. */
export const exceptions: Readonly<Record<string, DiffLevel>> = {
  // A parameter's default decides what an unchanged call does.
  'request.parameter.default.added': E,
  'request.parameter.default.removed': E,
  'request.parameter.default.changed': E,
};

/** Changes that may hurt either side, whatever their levels say. */
const unclear: ReadonlySet<string> = new Set(['pattern.changed']);

function product(): DiffRule[] {
  const rules: DiffRule[] = [];
  for (const [side, parts] of places) {
    const level = (row: Row): DiffLevel => (sides[side] === 'sent' ? row[2] : row[3]);
    const add = (place: string, row: Row, provable: boolean): void => {
      const id = `${place}.${row[0]}.${row[1]}`;
      const harmless = level(row) === I && row[2] !== row[3] && !unclear.has(`${row[0]}.${row[1]}`);
      rules.push({ id, level: exceptions[id] ?? level(row), says: row[4], provable, harmless });
    };
    for (const part of parts) {
      for (const row of values) add(`${side}.${part}`, row, true);
      for (const row of meanings) add(`${side}.${part}`, row, false);
    }
    for (const [subject, change, sent, read, says, provable] of properties)
      add(side, [subject, change, sent, read, says], provable);
  }
  return rules;
}

export const single: readonly (readonly [id: string, level: DiffLevel, says: string])[] = [
  ['operation.added', I, 'is new'],
  ['operation.removed', E, 'is gone'],
  ['operation.removed-after-sunset', I, 'is gone; it was announced, and its sunset {before} has passed'],
  ['operation.removed-unstable', I, 'is gone; it was {before}'],
  ['operation.moved', E, 'was {before} and is {after}'],
  ['operation.id.changed', W, 'the operationId was {before} and is {after}: generated clients rename the function'],
  ['operation.id.removed', I, 'has no longer the operationId {before}; it is called {after}'],
  ['operation.id.added', I, 'has the operationId {after} now'],
  ['operation.tag.added', I, 'has the tag {after}'],
  ['operation.tag.removed', I, 'has no longer the tag {before}'],
  ['operation.deprecated.added', I, 'is deprecated'],
  ['operation.deprecated.removed', I, 'is no longer deprecated'],
  ['operation.sunset.missing', E, 'is deprecated and does not say until when it works'],
  ['operation.sunset.invalid', E, 'the sunset {after} is no date'],
  ['operation.sunset.too-soon', E, 'the sunset {after} leaves callers too little time'],
  ['operation.sunset.nearer', E, 'the sunset was {before} and is now {after}'],
  ['operation.sunset.removed', E, 'the sunset {before} is gone, and it is still deprecated'],
  ['operation.stage.lowered', E, 'the stage was {before} and is {after}'],
  ['operation.stage.raised', I, 'the stage was {before} and is {after}'],
  ['webhook.added', I, 'is new'],
  ['webhook.removed', E, 'is gone'],
  ['event.added', I, 'is new'],
  ['event.removed', E, 'is gone'],
  ...(['request', 'webhook'] as const).flatMap((side): [string, DiffLevel, string][] => {
    const hard = side === 'request';
    return [
      [`${side}.parameter.added`, I, 'is new'],
      [`${side}.parameter.added-required`, hard ? E : I, 'is new and required'],
      [`${side}.parameter.removed`, W, 'is gone'],
      [`${side}.parameter.removed-after-sunset`, I, 'is gone; its sunset {before} has passed'],
      [`${side}.parameter.removed-before-sunset`, E, 'is gone before its sunset {before}'],
      [`${side}.parameter.made-required`, hard ? E : I, 'is required now'],
      [`${side}.parameter.made-optional`, hard ? I : E, 'is no longer required'],
      [`${side}.parameter.renamed`, I, 'the path variable was called {before} and is called {after}'],
      [`${side}.parameter.moved`, E, 'stood in the {before} and stands in the {after}'],
      [`${side}.parameter.style-changed`, E, 'was written as {before} and is written as {after}'],
      [`${side}.parameter.media-changed`, E, 'was written as {before} and is written as {after}'],
    ];
  }),
  ['request.body.added', I, 'is new'],
  ['request.body.added-required', E, 'is new and required'],
  ['request.body.removed', E, 'is gone'],
  ['request.body.made-required', E, 'is required now'],
  ['request.body.made-optional', I, 'is no longer required'],
  ['webhook.body.added', I, 'is new'],
  ['webhook.body.added-required', I, 'is new'],
  ['webhook.body.removed', E, 'is gone'],
  ['webhook.body.made-required', I, 'always comes now'],
  ['webhook.body.made-optional', E, 'does not always come now'],
  ...(['request', 'response', 'webhook', 'webhook-answer'] as const).flatMap((side): [string, DiffLevel, string][] => {
    const sent = sides[side] === 'sent';
    return [
      [`${side}.media.added`, I, 'is new'],
      [`${side}.media.removed`, E, 'is gone'],
      [`${side}.media.renamed`, I, 'was {before} and is {after}'],
      [`${side}.media.specialized`, sent ? E : I, 'was {before} and is {after}'],
      [`${side}.media.generalized`, sent ? I : E, 'was {before} and is {after}'],
      [`${side}.media.schema-added`, sent ? E : I, 'has a schema now'],
      [`${side}.media.schema-removed`, sent ? I : W, 'has no schema any more'],
      [`${side}.media.encoding-changed`, E, 'parts are written in another way'],
    ];
  }),
  ...(['response', 'webhook-answer'] as const).flatMap((side): [string, DiffLevel, string][] => {
    const sent = sides[side] === 'sent';
    return [
      [`${side}.status.added`, I, 'is new'],
      [`${side}.status.removed`, E, 'is gone'],
      [`${side}.error-status.added`, I, 'is new'],
      [`${side}.error-status.removed`, I, 'is gone'],
      [`${side}.header.added`, I, 'is new'],
      [`${side}.header.added-required`, sent ? E : I, 'is new and always there'],
      [`${side}.header.removed`, W, 'is gone'],
      [`${side}.header.removed-required`, sent ? W : E, 'was always there and is gone'],
      [`${side}.header.made-required`, sent ? E : I, 'is always there now'],
      [`${side}.header.made-optional`, sent ? I : E, 'is not always there now'],
    ];
  }),
  ['security.alternative.added', I, 'may also be called with {after}'],
  ['security.alternative.removed', E, 'may no longer be called with {before}'],
  ['security.scope.added', E, 'needs {after} now; {before} was enough'],
  ['security.scope.removed', I, 'needs {after} now instead of {before}'],
  ['security.scheme.added', E, 'needs {after} now; {before} was enough'],
  ['security.scheme.removed', I, 'needs {after} now instead of {before}'],
  ['security.made-public', W, 'may be called by anybody now; it needed {before}'],
  ['security.made-private', E, 'needs {after} now; anybody could call it'],
  ['security.scheme-type.changed', E, 'the scheme {before} is now {after}'],
  ['security.component.added', I, 'the scheme {after} is new'],
  ['security.component.removed', I, 'the scheme {before} is gone'],
  ['security.component.changed', I, 'the scheme was {before} and is {after}'],
  ['contract.base-path.changed', I, 'the path of the server was {before} and is {after}'],
  ['contract.schema.removed', I, 'the schema {before}, which no operation used, is gone'],
  ['contract.version.too-low', I, 'the version is {after}; these changes ask for {before} or more'],
  ['schema.change.unproven', W, 'it could not be proved that what was right before is right now'],
  ['schema.change.refuted', E, 'what was right before is not right any more'],
  ['schema.change.compatible', I, 'it is written in another way, and what was right before is right now'],
  ['policy.idempotency.required', E, 'an Idempotency-Key is needed now'],
  ['policy.idempotency.relaxed', I, 'idempotency was {before} and is {after}'],
  ['policy.idempotency.withdrawn', E, 'idempotency was {before} and is {after}: repeating is no longer safe'],
  ['policy.retention.shortened', W, 'keys were kept for {before} s and are kept for {after} s'],
  ['policy.precondition.required', E, 'If-Match is needed now'],
  ['policy.precondition.relaxed', I, 'the precondition was {before} and is {after}'],
  ['policy.limit.added', E, 'is limited by {after} now'],
  ['policy.limit.lowered', E, 'the limit was {before} and is {after}'],
  ['policy.limit.raised', I, 'the limit was {before} and is {after}'],
  ['policy.limit.removed', I, 'is no longer limited by {before}'],
  ['policy.size.lowered', E, 'a body of {before} bytes was taken; now {after}'],
  ['policy.size.raised', I, 'a body of {before} bytes was taken; now {after}'],
  ['policy.timeout.lowered', E, 'the deadline was {before} ms and is {after} ms'],
  ['policy.timeout.raised', I, 'the deadline was {before} ms and is {after} ms'],
  ['policy.audience.narrowed', E, '{before} may no longer call it'],
  ['policy.audience.widened', I, '{after} may call it now'],
  ['policy.channel.narrowed', E, '{before} may no longer offer it'],
  ['policy.channel.widened', I, '{after} may offer it now'],
  ['policy.purpose.added', E, 'needs consent to {after} now'],
  ['policy.purpose.removed', I, 'needs no consent to {before} any more'],
  ['policy.unknown.stricter', E, 'unknown properties: {before} before, {after} now'],
  ['policy.unknown.looser', I, 'unknown properties: {before} before, {after} now'],
  ['policy.step-up.added', E, 'needs a fresher or stronger sign-in now'],
  ['policy.step-up.changed', W, 'the needed sign-in was {before} and is {after}'],
  ['policy.step-up.removed', I, 'needs no fresher or stronger sign-in any more'],
  ['policy.sender-constrained.added', E, 'needs DPoP or mutual TLS now'],
  ['policy.sender-constrained.removed', I, 'needs no DPoP and no mutual TLS any more'],
  ['policy.async.always', E, 'answers 202 and works on afterwards'],
  ['policy.async.changed', W, 'asynchronous work was {before} and is {after}'],
  ['policy.paging.changed', E, 'paging was {before} and is {after}'],
  ['policy.paging.max-lowered', E, 'a page held at most {before} and holds at most {after}'],
  ['policy.paging.max-raised', I, 'a page held at most {before} and holds at most {after}'],
  ['policy.cache.changed', W, 'caching was {before} and is {after}'],
  ['policy.retry.changed', W, 'retrying was {before} and is {after}'],
  ['policy.criticality.changed', W, 'the criticality was {before} and is {after}'],
  ['policy.effect.changed', W, 'the effect was {before} and is {after}'],
  ['policy.signature.changed', E, 'signatures were {before} and are {after}'],
  ['policy.emits.added', I, 'tells {after} now'],
  ['policy.emits.removed', E, 'no longer tells {before}'],
  ['policy.state.added', E, 'the state {after} is new'],
  ['policy.state.removed', E, 'the state {before} is gone'],
  ['policy.move.added', I, 'the move {after} is new'],
  ['policy.move.removed', E, 'the move {before} is gone'],
  ['approval.expired', E, 'was agreed to until {before}'],
];

/** Every rule there is, in the order of the table. */
export const diffRules: readonly DiffRule[] = [
  ...single.map(([id, level, says]): DiffRule => ({ id, level, says, provable: false, harmless: level === I })),
  ...product(),
];

const byId = new Map(diffRules.map((rule) => [rule.id, rule]));

/** Throws for an id that is not in the table: that would be a defect here. */
export function diffRule(id: string): DiffRule {
  const rule = byId.get(id);
  if (rule === undefined) throw new Error(`There is no rule ${id}.`);
  return rule;
}
