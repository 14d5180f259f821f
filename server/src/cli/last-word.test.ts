import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const fault = `Object.assign(new Error('duplicate key of ada.lovelace@mail.example'), {
  code: '23505', detail: 'Key (email)=(ada.lovelace@mail.example) already exists.', row: { name: 'Ada Lovelace' } })`;

it.each([
  ['thrown', `setTimeout(() => { throw ${fault}; })`],
  ['of a promise', `void Promise.reject(${fault})`],
])('an error that nobody caught, %s, is told in one masked line', async (_, how) => {
  const program = `
    import { sayLastWord } from ${JSON.stringify(path.join(import.meta.dirname, 'last-word.ts'))};
    sayLastWord();
    setInterval(() => undefined, 1_000);
    ${how};`;
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '--eval', program]);
  const [said, complained, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect([ended, complained]).toEqual([[70, null], '']);
  const lines = said.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    err: {
      type: 'Error',
      message: 'duplicate key of [e-mail]',
      code: '23505',
      stack: expect.stringContaining('Error'),
    },
  });
  for (const secret of ['lovelace', 'Lovelace', 'already exists']) expect(said).not.toContain(secret);
});
