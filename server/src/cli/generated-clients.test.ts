// What `plinth generate client` makes of other people's contracts compiles as strictly as a stranger's project may be set,
// and without anything of ours beside it. The bench `contract/generate` does the same for all public contracts.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { run } from './commands.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const data = path.join(process.env['PLINTH_TEST_DATA'] ?? path.resolve(root, '../shared/data'), 'contracts');
const folder = mkdtempSync(path.join(tmpdir(), 'plinth-clients-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const contracts = [
  ['transfers', 'adyen/json/TransferService-v4.json'],
  ['tickets', 'tmforum/apis/TMF621_Trouble_Ticket/swaggers/TMF621-TroubleTicket-v4.0.0.swagger.json'],
  ['telco', 'cdr-telco/docs/includes/swagger/cds_telco.yaml'],
] as const;

/** Everything strict, no types of Node, no check skipped. */
const compilerOptions = {
  module: 'nodenext',
  target: 'esnext',
  lib: ['esnext', 'dom', 'dom.iterable'],
  types: [],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  skipLibCheck: false,
};

function typeCheck(): { status: number | null; output: string } {
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
  const { status, stdout } = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
  return { status, output: stdout };
}

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!existsSync(data)) console.warn(`SKIPPED: public contracts are not at ${data} (set PLINTH_TEST_DATA)`);

describe.runIf(existsSync(data))('clients of other people’s contracts', () => {
  it('compile under the strictest settings, and a wrong use of them does not', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    for (const [name, file] of contracts)
      expect(await run(['generate', 'client', path.join(data, file), '--out', path.join(folder, name)])).toBe(0);
    vi.restoreAllMocks();
    expect(typeCheck()).toEqual({ status: 0, output: '' });
    writeFileSync(
      path.join(folder, 'wrong.ts'),
      "import type { TroubleTicket } from './tickets/trouble-ticket.ts';\nexport const wrong: TroubleTicket = { id: 7 };\n",
    );
    expect(typeCheck().output).toContain('wrong.ts(2,');
  });
});
