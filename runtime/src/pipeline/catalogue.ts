// The edge's own problems: one entry per code. Capability problems come from each contract's problems.yaml.
// Texts are the caller's: what happened (`detail`, with {values}) and what to do next (`advice`).

import type { ProblemTexts } from '@plinth/contract';
import { german } from './catalogue-de.ts';

export interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly advice: string;
  readonly retryable: boolean;
  /** By language tag. */
  readonly translations?: Readonly<Record<string, ProblemTexts>>;
}

type Row = readonly [status: number, title: string, detail: string, advice: string, retryable?: 'retry'];

const rows = {
  'malformed-request': [
    400,
    'Malformed request',
    'The request target or a header cannot be read: {reason}.',
    'Correct the request. Percent-encode special characters in paths and queries.',
  ],
  'malformed-json': [400, 'Malformed JSON', 'The body is not valid JSON: {reason}.', 'Send one JSON value in UTF-8.'],
  'json-not-acceptable': [
    400,
    'JSON not acceptable',
    'The body is JSON that is not accepted here. {reason}',
    'Send flatter, smaller or plainer JSON.',
  ],
  'invalid-parameter': [
    400,
    'Invalid parameter',
    'One or more parameters are not as the contract says.',
    'See `errors` for each parameter and what it should be.',
  ],
  'invalid-body': [
    400,
    'Invalid body',
    'The body is not as the contract says.',
    'See `errors` for each place and what it should be.',
  ],
  'idempotency-key-missing': [
    400,
    'Idempotency-Key is missing',
    'This operation changes something, so it needs the header Idempotency-Key.',
    'Send a new random key for a new wish, and the same key when you repeat the same wish.',
  ],
  'idempotency-key-malformed': [
    400,
    'Idempotency-Key is malformed',
    'The header Idempotency-Key is not a string of 1 to 255 visible ASCII characters.',
    'Send for example a UUID in double quotes.',
  ],
  unauthenticated: [
    401,
    'Not signed in',
    'This operation needs a credential and none was sent.',
    'Sign in, or send an access token or API key in the header Authorization.',
  ],
  'invalid-token': [
    401,
    'Credential not accepted',
    'The credential is expired, revoked or not valid here.',
    'Sign in again, or get a new token.',
  ],
  'signature-invalid': [
    401,
    'Signature not accepted',
    'The message is not signed with a secret known here, or its time is too far off.',
    'Sign with the secret agreed on, by the scheme of this receiver: `webhook-id.webhook-timestamp.body` as it is sent, at each attempt anew, or the items of a notification.',
  ],
  'step-up-required': [
    401,
    'Stronger sign-in needed',
    'This operation needs a fresher or stronger sign-in.',
    'Sign in again as the challenge asks, then repeat the same call.',
  ],
  'opt-in-required': [
    403,
    'Not open to this application yet',
    'This operation is a {stage}: it may still change, so applications ask for it first.',
    'Ask the operator to open it to your application, or use what is stable.',
  ],
  'insufficient-scope': [
    403,
    'Insufficient scope',
    'The credential does not hold the scope {scope}.',
    'Ask for a credential with that scope.',
  ],
  'audience-not-allowed': [
    403,
    'Not offered to this kind of caller',
    'This operation is not offered to callers of the kind {audience}.',
    'Use another operation, or call as one of: {allowed}.',
  ],
  'consent-required': [
    403,
    'Consent is missing',
    'The customer has not agreed to the purpose {purpose}.',
    'Ask the customer for consent, then repeat.',
  ],
  'not-yours': [403, 'Not yours', 'The object belongs to somebody else.', 'Use the id of one of your own objects.'],
  'partner-suspended': [
    403,
    'Partner suspended',
    'The application, or the partner it belongs to, is suspended. The credential itself is right.',
    'Another credential changes nothing: contact the platform’s partner team.',
  ],
  'cross-site-request': [
    403,
    'Request from another site',
    'A signed-in browser may change things only from our own pages.',
    'Use our pages, or an access token instead of the cookie.',
  ],
  'not-found': [
    404,
    'Not found',
    'There is nothing here, or it is not visible to you.',
    'Check the address and the id.',
  ],
  'method-not-allowed': [
    405,
    'Method not allowed',
    'This address does not offer {method}.',
    'Use one of the methods in the header Allow.',
  ],
  'not-acceptable': [
    406,
    'Not acceptable',
    'None of the media types in Accept can be produced.',
    'Accept application/json.',
  ],
  'request-too-slow': [
    408,
    'Request too slow',
    'The request body did not arrive completely.',
    'Send the request again.',
    'retry',
  ],
  retired: [
    410,
    'Retired',
    'This operation ended on {sunset}.',
    'Use its successor: the header Link names it, and the reference says how to change over.',
  ],
  'idempotency-in-progress': [
    409,
    'Still in progress',
    'The first call with this Idempotency-Key has not ended yet.',
    'Repeat the same call with the same key after the time in Retry-After.',
    'retry',
  ],
  'outcome-unknown': [
    409,
    'Outcome unknown',
    'It is not known whether the call took effect.',
    'Do not repeat it with a new key. Ask for the result with the same key.',
  ],
  'answer-not-kept': [
    409,
    'Answer not kept',
    'The call was done and ended with {status}. Its answer was larger than 1 MiB and was not kept.',
    'Do not repeat it with a new key. Read what it made: the header Location, or resource of the job, may name it.',
  ],
  'conflicting-state': [
    409,
    'Not possible in this state',
    'This is not possible in the present state.',
    'Read the object again and choose what is possible now.',
  ],
  'confirmation-used': [
    409,
    'Confirmation already used',
    'This confirmation was used for another call.',
    'Start again: the call is read back once more.',
  ],
  'precondition-failed': [
    412,
    'Changed in the meantime',
    'The object has another version than the one in If-Match.',
    'Read it again, look at the change, and repeat with the new ETag.',
  ],
  'precondition-required': [
    428,
    'If-Match is missing',
    'This operation changes an existing object, so it needs the header If-Match.',
    'Read the object and send its ETag in If-Match.',
  ],
  'confirmation-required': [
    428,
    'Confirmation needed',
    '{readback}',
    'Let the customer confirm exactly this call, then repeat it with the header Plinth-Confirmation and the same Idempotency-Key.',
  ],
  'body-too-large': [413, 'Body too large', 'The body is larger than {bytes} bytes.', 'Send less at once.'],
  'file-too-large': [413, 'File too large', 'A file is larger than {bytes} bytes.', 'Send a smaller one.'],
  'target-too-long': [414, 'Address too long', 'The address is longer than 8 KiB.', 'Shorten the query.'],
  'unsupported-media-type': [
    415,
    'Unsupported media type',
    'The body’s media type {type} is not accepted here.',
    'Send one of: {accepted}.',
  ],
  'unsupported-encoding': [
    415,
    'Unsupported content encoding',
    'A body in this Content-Encoding is not accepted here.',
    'Send the body without Content-Encoding, or in one of the header Accept-Encoding.',
  ],
  'callback-refused': [
    422,
    'Callback refused',
    'The outcome cannot be sent there: {reason}.',
    'Name a public https address. Callbacks are signed with the secret that partners.rotateCallbackSecret makes.',
  ],
  'idempotency-key-reused': [
    422,
    'Idempotency-Key reused',
    'This Idempotency-Key was already used for a different call.',
    'Use a new key for a new wish.',
  ],
  'headers-too-large': [
    431,
    'Headers too large',
    'The request headers are too large.',
    'Send fewer or shorter headers.',
  ],
  'rate-limited': [
    429,
    'Too many requests',
    'The limit “{limit}” is used up.',
    'Wait for the time in Retry-After.',
    'retry',
  ],
  'quota-exhausted': [
    429,
    'Quota exhausted',
    'The quota “{limit}” is used up.',
    'Wait for the time in Retry-After or ask for a larger plan.',
    'retry',
  ],
  'too-many-failures': [
    429,
    'Too many failures',
    'Too many refused credentials or ids came from here.',
    'Wait for the time in Retry-After.',
    'retry',
  ],
  internal: [
    500,
    'Internal error',
    'Something failed on our side.',
    'Try again later. If it stays, tell us the value of `instance`.',
    'retry',
  ],
  'response-breaks-contract': [
    500,
    'Answer breaks the contract',
    'The answer of this operation does not follow its contract.',
    'Tell the team that owns the capability the value of `instance`.',
  ],
  'mock-cannot-answer': [
    500,
    'The mock cannot answer',
    'No valid example answer can be made for this operation: {reason}.',
    'Give the operation an example in its contract.',
  ],
  'not-implemented': [
    501,
    'Not implemented',
    'Nothing fulfils this operation yet.',
    'Bind a handler, or start with the mock.',
  ],
  'upstream-failed': [
    502,
    'Upstream failed',
    'A system behind this operation gave an unusable answer.',
    'Try again later.',
    'retry',
  ],
  'brown-out': [
    503,
    'Brown-out',
    'This operation ends on {sunset} and is switched off for some minutes now, so that nobody is surprised then.',
    'Change over to its successor (header Link). It works again after Retry-After.',
    'retry',
  ],
  overloaded: [
    503,
    'Overloaded',
    'There is more work than can be done in time.',
    'Wait for the time in Retry-After.',
    'retry',
  ],
  draining: [503, 'Draining', 'This server is about to stop.', 'Repeat the call; another server answers.', 'retry'],
  'dependency-unavailable': [
    503,
    'Temporarily unavailable',
    'A system this operation needs does not answer.',
    'Repeat the call after the time in Retry-After.',
    'retry',
  ],
  'deadline-exceeded': [
    504,
    'Took too long',
    'The operation did not end within {timeoutMs} ms.',
    'Repeat the call with the same Idempotency-Key.',
    'retry',
  ],
  'not-cached': [
    504,
    'Not in the cache',
    'Only a kept answer was wanted (only-if-cached), and there is none that is fresh.',
    'Leave only-if-cached out, and the answer is made.',
  ],
  'storage-full': [507, 'Storage full', 'There is no room left to store this.', 'Try again later.'],
} as const satisfies Record<string, Row>;

/** Codes the edge itself answers with. */
export type EdgeCode = keyof typeof rows;

/** All entries by code. */
export const edgeProblems: ReadonlyMap<string, CatalogueEntry> = new Map(
  Object.entries(rows as Record<string, Row>).map(([code, [status, title, detail, advice, retry]]) => [
    code,
    { status, title, detail, advice, retryable: retry === 'retry', translations: { de: german[code as EdgeCode] } },
  ]),
);
