// What the guides say is true: their commands have the flags they show, each flag of a command that takes a contract is
// explained, and worked examples print what stands below them.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { catchOutput } from '@plinth/testing';
import { Command } from 'commander';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { addBundle } from './bundle.ts';
import { run } from './commands.ts';
import { addDiff } from './diff.ts';
import { addDocs } from './docs.ts';
import { addGenerate } from './generate.ts';
import { addImport } from './import.ts';
import { addLint } from './lint.ts';
import { addMock } from './mock.ts';
import { addTest } from './test.ts';
import { addValidate } from './validate.ts';

const docs = path.resolve(import.meta.dirname, '../../../docs');
const guides = new Map(
  readdirSync(path.join(docs, 'guides')).map((name) => [name, readFileSync(path.join(docs, 'guides', name), 'utf8')]),
);
const folder = mkdtempSync(path.join(tmpdir(), 'plinth-guides-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const said = catchOutput();

const program = new Command();
for (const add of [addLint, addMock, addDocs, addGenerate, addTest, addDiff, addImport, addBundle, addValidate])
  add(program, async () => {});
const commands = new Map(program.commands.map((command) => [command.name(), command]));
const flagsOf = (command: Command): string[] => command.options.flatMap(({ flags }) => flags.match(/--[\w-]+/g) ?? []);

const guideOf = (file: string): string => guides.get(file) ?? '';

/** Command lines in a guide, those of several lines joined, without what a shell does with the output. */
function linesIn(text: string): string[] {
  const joined = text.replaceAll(/\\\n\s*/g, '');
  return [...joined.matchAll(/npm run (?:-s )?plinth -- ([^\n`|>]+)/g)].map(([, line = '']) => line.trim());
}

describe('the flags of', () => {
  it.each([...commands])('%s are all explained', (name, command) => {
    const reference =
      name === 'mock' || name === 'test' ? readFileSync(path.join(docs, `reference/${name}.md`), 'utf8') : '';
    const explained = `${guideOf(`${name}.md`)}${guideOf('commands.md')}${reference}`;
    expect(explained).toContain(`plinth -- ${name} `);
    expect(flagsOf(command).filter((flag) => !explained.includes(flag))).toEqual([]);
  });
});

it('the guides show no flag that their command does not have', () => {
  const shared = ['--quiet', '--no-color', '--verbose'];
  const unknown = [...guides].flatMap(([file, text]) =>
    linesIn(text).flatMap((line) => {
      const [name = '', ...words] = line.split(/\s+/);
      const command = commands.get(name);
      const flags = command ? [...flagsOf(command), ...shared] : [];
      return command
        ? words.filter((word) => /^--\w/.test(word) && !flags.includes(word)).map((flag) => `${file}: ${line}: ${flag}`)
        : [];
    }),
  );
  expect(unknown).toEqual([]);
});

/** `name.yaml` and the block below it, or `name` holds `text`. */
function filesIn(text: string): Map<string, string> {
  const blocks = [...text.matchAll(/^`([\w.-]+\.(?:yaml|json))`:\n\n```(?:yaml|json)\n([\s\S]*?)```$/gm)];
  const short = [...text.matchAll(/^`([\w.-]+)` holds `([^`]+)`/gm)];
  return new Map([...blocks, ...short].map(([, name = '', content = '']) => [name, content]));
}

/** Each shown line is printed, in that order; `…` stands for what was left out. */
function shows(printed: string, shown: string): string | undefined {
  let from = 0;
  for (const line of shown.split('\n').filter((each) => each.trim() !== '' && each.trim() !== '…')) {
    const at = printed.indexOf(line, from);
    if (at < 0) return line;
    from = at + line.length;
  }
  return undefined;
}

describe('the worked example', () => {
  const examples = ['validate.md', 'bundle.md'].flatMap((file) => {
    const text = guides.get(file) ?? '';
    const blocks = text.matchAll(
      /```sh\n((?:echo '[^\n']*' \| )?npm run (?:-s )?plinth -- [^\n]+)\n```\n\n```text\n([\s\S]*?)```/g,
    );
    // A contract of somebody else is not here.
    return [...blocks]
      .filter(([, line = '']) => !line.includes('openapi.full'))
      .map(([, line = '', shown = '']): [string, string, string] => [file, line, shown]);
  });

  it.each(examples)('of %s prints what it shows: %s', async (file, line, shown) => {
    const files = filesIn(guides.get(file) ?? '');
    for (const [name, content] of files) writeFileSync(path.join(folder, name), content);
    const [, input, command = ''] = /^(?:echo '([^']*)' \| )?npm run (?:-s )?plinth -- (.*)$/.exec(line) ?? [];
    if (input !== undefined)
      vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([Buffer.from(input)]) as never);
    const words = command
      .split(' ')
      .map((word) => (files.has(word.split('#')[0] ?? '') ? path.join(folder, word) : word));
    expect(await run(words)).toBeLessThan(2);
    expect(shows(said.out.replaceAll(`${folder}/`, ''), shown)).toBeUndefined();
  });

  it('are there', () => {
    expect(examples.length).toBeGreaterThanOrEqual(4);
  });
});
