import { expect, it } from 'vitest';
import { createLogger } from './access-log.ts';
import { logOf } from './log.ts';

function open() {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (text) => void lines.push(JSON.parse(text) as never) });
  return { lines, logger };
}

it('a field that is not listed is left out, and its name told', () => {
  const { lines, logger } = open();
  logOf(logger, { trace: 't' }).warn('a message', { status: 200, email: 'ada@example.org' } as never);
  expect(lines).toEqual([
    { level: 'warn', time: expect.any(String), trace: 't', status: 200, unlisted: 'email', msg: 'a message' },
  ]);
});

it('of names that are left out ten are told, forty letters of each', () => {
  const { lines, logger } = open();
  const names = Array.from({ length: 11 }, (_, n) => `${'x'.repeat(38)}_${n % 10}${'y'.repeat(500)}`);
  logOf(logger).warn('m', Object.fromEntries(names.map((name) => [name, 1])) as never);
  expect(lines[0]?.['unlisted']).toBe(
    names
      .slice(0, 10)
      .map((name) => name.slice(0, 40))
      .join(' '),
  );
});

it('texts are cut to 256 letters, and what is no text is written as one', () => {
  const { lines, logger } = open();
  logOf(logger).warn('m', { reason: 'x'.repeat(10_000), figures: { calls: 3, of: ['a'] }, attempt: 2, seq: 5n });
  expect(lines[0]).toMatchObject({ figures: '{"calls":3,"of":["a"]}', attempt: 2, seq: '5' });
  expect(lines[0]?.['reason']).toBe(`${'x'.repeat(255)}…`);
  logOf(logger).warn('m', { reason: 'x'.repeat(256) });
  expect(lines[1]?.['reason']).toBe('x'.repeat(256));
});

it('of an error type, message, code and stack are told, and none of what its driver put beside them', () => {
  const { lines, logger } = open();
  const cause = new Error('connection to 10.0.0.1 lost');
  const fault = Object.assign(new TypeError('duplicate key', { cause }), {
    code: '23505',
    detail: 'Key (email)=(ada@example.org) already exists.',
    parameters: ['ada@example.org'],
  });
  logger.error({ err: fault, trace: 't' }, 'request failed');
  expect(lines[0]?.['err']).toEqual({
    type: 'TypeError',
    message: 'duplicate key: connection to 10.0.0.1 lost',
    code: '23505',
    stack: expect.stringContaining('log-fields.test.ts'),
  });
});

it.each([
  ['invalid input "ada.lovelace+x@mail.example.org"', 'invalid input "[e-mail]"'],
  ['card 4111 1111 1111 1111 refused', 'card [digits] refused'],
  ['card 4111111111111111', 'card [digits]'],
  ['header Bearer abc.def-ghi', 'header Bearer …'],
  ['token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln is bad', 'token [token] is bad'],
  ['key pln_live_abc_DEF', 'key [secret]'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '[secret]'],
  ['whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=', '[secret]'],
  ['postgres://plinth:hunter2@db.internal/plinth', 'postgres://…@db.internal/plinth'],
  ['ord_01HV6A8Z and 1788000000000 ms', 'ord_01HV6A8Z and [digits] ms'],
])('what errors quote is masked: %s', (text, expected) => {
  const { lines, logger } = open();
  logger.warn({ error: text, err: new Error(text) }, 'm');
  expect(lines[0]?.['error']).toBe(expected);
  expect(lines[0]?.['err']).toMatchObject({ message: expected });
});

it('what errors quote is masked within things, too, and a stack may be longer than other texts', () => {
  const { lines, logger } = open();
  logger.warn({ figures: { of: 'ada@example.org' }, stack: 'x'.repeat(5_000) }, 'm');
  expect(lines[0]).toMatchObject({ figures: '{"of":"[e-mail]"}', stack: `${'x'.repeat(4_095)}…` });
});
