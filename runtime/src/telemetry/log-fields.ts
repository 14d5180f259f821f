// The fields a log line may have. Whoever logs names one of these; anything else is left out of the line, since what is
// not thought of here may be a name, a number of a card, or a credential. docs/reference/log.md is made from it.

/** Name → what it is. None of them holds what a person sent, or says who a person is. */
export const logFields = {
  operation: 'operation of a contract: orders.placeOrder; token-exchange: tokens for an upstream',
  method: 'HTTP method; CALL inside the process',
  status: 'status of the answer',
  durationMs: 'milliseconds until the answer',
  trace: 'trace id, the one people quote from a problem',
  audience: 'kind of caller',
  channel: 'where the call came from',
  application: 'id of the calling application',
  code: 'code of the problem that was answered',
  replayed: 'the answer was a stored one',
  standsFor: 'requests that this line stands for',
  refused: 'requests refused that have no line of their own',
  err: 'type, message, code and stack of an error',
  error: 'an error in one line',
  stack: 'where an error came from',
  id: 'id of a thing: an order, a job, a payment',
  reference: 'what another system knows a call by',
  state: 'state of the thing',
  reason: 'why, in words of ours',
  because: 'why, as a code of ours',
  attempt: 'which try it was',
  dueAt: 'when it is tried again',
  event: 'id of an event',
  type: 'type of an event',
  reaction: 'name of a reaction',
  job: 'name or id of a job',
  workflow: 'name of a workflow',
  run: 'id of a run',
  schema: 'schema of the database',
  delivery: 'id of a delivery to a webhook',
  target: 'id of an address of webhooks',
  kind: 'kind of the thing',
  upstream: 'name of another system',
  release: 'release of another system',
  calls: 'calls that were counted',
  figures: 'figures that led to a decision',
  spans: 'spans that were lost',
  seq: 'place in the chain of the audit',
  hash: 'hash of that place',
  key: 'id of the key that signed it',
  signature: 'signature of a checkpoint',
  unlisted: 'names of fields that were left out of this line',
} as const;

export type LogField = keyof typeof logFields;
export type LogFields = Readonly<Partial<Record<LogField, unknown>>>;

/** Letters of one text, the sign that it was cut among them; a stack may be longer. */
const mostLetters = 256;
const mostStackLetters = 4_096;

/** What errors of drivers and libraries may quote: credentials, addresses of people, numbers of cards. */
const quoted: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 …'],
  [/\beyJ[\w-]+\.[\w-]*\.?[\w-]*/g, '[token]'],
  [/\b(?:pln_(?:live|test)_|whsec_|whsk_)[\w+/=-]+/g, '[secret]'],
  [/\/\/[^\s/@:]*:[^\s/@]*@/g, '//…@'],
  [/[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+/g, '[e-mail]'],
  [/(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])/g, '[digits]'],
];

/** A text of errors without what it quotes, at most `most` letters: for lines, and for rows that people look at. */
export function cleaned(text: string, most: number = mostLetters): string {
  // Cut first: what is left out need not be looked through.
  return quoted.reduce((left, [pattern, instead]) => left.replace(pattern, instead), cut(text, most));
}

/** A line's fields as they may be written. */
export function loggable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  let unlisted: string[] | undefined;
  for (const [name, value] of Object.entries(fields)) {
    if (!Object.hasOwn(logFields, name)) (unlisted ??= []).push(name.slice(0, 40));
    else if (value !== undefined) line[name] = valueOf(name, value);
  }
  if (unlisted !== undefined) line['unlisted'] = unlisted.slice(0, 10).join(' ');
  return line;
}

function valueOf(name: string, value: unknown): unknown {
  if (value instanceof Error) return errorOf(value);
  if (typeof value === 'string') {
    if (plain.has(name)) return cut(value);
    return cleaned(value, name === 'stack' ? mostStackLetters : mostLetters);
  }
  if (typeof value === 'object' && value !== null) return cleaned(JSON.stringify(value));
  return typeof value === 'bigint' ? String(value) : value;
}

/** Of a request's line: texts of ours, written for every request. */
const plain: ReadonlySet<string> = new Set([
  'operation',
  'method',
  'trace',
  'audience',
  'channel',
  'application',
  'code',
  'hash',
  'signature',
]);

function cut(text: string, most: number = mostLetters): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Errors of drivers carry the row they are about; of all that only this is said. */
function errorOf(error: Error): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return {
    type: error.name,
    message: cleaned(`${error.message}${cause}`),
    ...(typeof code === 'string' ? { code: cleaned(code) } : {}),
    stack: cleaned(error.stack ?? '', mostStackLetters),
  };
}
