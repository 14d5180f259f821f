// Forms whose files are put elsewhere while they come in, at every place where their bytes may be cut.

import { expect, it } from 'vitest';
import type { JsonObject } from '../model/contract.ts';
import { bodyLimits, compileBodyCodec, FileReference, type FileTaker } from './body.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['photo'],
  properties: {
    note: { type: 'string', maxLength: 20 },
    photo: { type: 'string', format: 'binary', maxLength: 5000 },
    papers: { type: 'array', maxItems: 2, items: { type: 'string', format: 'binary' } },
  },
};
const type = 'multipart/form-data; boundary=b';

class Taken implements FileTaker {
  readonly files: { file: FileReference; bytes: number[]; isWhole: boolean }[] = [];

  begin({ fileName = 'file', type: own }: { fileName?: string; type: string }): FileReference {
    const file = new FileReference(`fil_${this.files.length + 1}`, fileName, own);
    this.files.push({ file, bytes: [], isWhole: false });
    return file;
  }

  data(bytes: Uint8Array): void {
    this.files.at(-1)?.bytes.push(...bytes);
  }

  end(): void {
    const last = this.files.at(-1);
    if (!last) return;
    last.isWhole = true;
    last.file.size = last.bytes.length;
  }
}

function part(name: string, text: string, own?: string): string {
  const file = own === undefined ? '' : `; filename="${name}.x"${own && `\r\nContent-Type: ${own}`}`;
  return `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${text}\r\n`;
}

const png = '\x89PNG\r\n\x1a\n12345';

function readForm(text: string, { pieceBytes = 65_536, held = bodyLimits.bodyBytes } = {}) {
  const taken = new Taken();
  const document: JsonObject = {};
  const encoding = { photo: { contentType: 'image/png, image/jpeg' } };
  const media = { type: 'multipart/form-data', schema, encoding };
  const limits = { ...bodyLimits, parts: 5, partBytes: 2000, bodyBytes: held };
  const codec = compileBodyCodec(
    { required: true, media: [media] } as never,
    { document },
    { unknown: 'refuse', limits },
  );
  const reading = codec.openForm(type, taken);
  if (!reading) throw new Error('it is no form');
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const fault = reading.write(bytes.subarray(at, at + pieceBytes));
    if (fault) return { taken, fault };
  }
  return { taken, end: reading.end() };
}

const rulesOf = ({ end }: ReturnType<typeof readForm>): unknown =>
  end && 'violations' in end ? end.violations.map(({ pointer, rule }) => `${pointer} ${rule}`) : end;

it('gives text as text and files as references, wherever the bytes are cut', () => {
  const whole = `${part('note', 'Look')}${part('photo', png, 'image/png')}${part('papers', 'A\r\n--', 'text/plain')}--b--\r\n`;
  for (let pieceBytes = 1; pieceBytes <= 40; pieceBytes++) {
    const { taken, end } = readForm(whole, { pieceBytes });
    const [photo, paper] = taken.files;
    expect(end).toEqual({ value: { note: 'Look', photo: photo?.file, papers: [paper?.file] } });
    expect(Buffer.from(photo?.bytes ?? []).toString('latin1')).toBe(png);
    expect(Buffer.from(paper?.bytes ?? []).toString()).toBe('A\r\n--');
    expect(taken.files.every(({ isWhole }) => isWhole)).toBe(true);
  }
});

it('takes no byte of a file whose type is not allowed, or not said', () => {
  for (const own of ['text/html', '']) {
    const read = readForm(`${part('photo', '<html>', own)}--b--\r\n`);
    expect(rulesOf(read)).toEqual(['/photo media-type']);
    expect(read.taken.files).toEqual([]);
  }
});

it('refuses a file that is another than it says', () => {
  expect(rulesOf(readForm(`${part('photo', '<html>', 'image/png')}--b--\r\n`))).toEqual(['/photo media-type']);
  expect(rulesOf(readForm(`${part('photo', '\xff\xd8\xff', 'image/jpeg')}--b--\r\n`))).toEqual({
    value: { photo: expect.any(FileReference) as FileReference },
  });
});

it('judges what is missing, repeated and too many', () => {
  const photo = part('photo', png, 'image/png');
  expect(rulesOf(readForm(`${part('note', 'x')}--b--\r\n`))).toEqual(['/photo required']);
  expect(rulesOf(readForm(`${photo}${photo}--b--\r\n`))).toEqual(['/photo repeated']);
  const papers = part('papers', 'x', 'text/plain').repeat(3);
  expect(rulesOf(readForm(`${photo}${papers}--b--\r\n`))).toEqual(['/papers maxItems']);
  expect(rulesOf(readForm(`${photo}${part('more', 'x', 'text/plain')}--b--\r\n`))).toEqual(['/more unknown-property']);
});

it('stops at the first byte beyond a limit', () => {
  const photo = (size: number): string => part('photo', png.padEnd(size, 'x'), 'image/png');
  expect(readForm(`${photo(2000)}--b--\r\n`).end).toHaveProperty('value');
  expect(readForm(`${photo(2001)}--b--\r\n`).fault?.rule).toBe('part-bytes');
  const notes = (count: number): string => `${photo(20)}${part('papers', 'x', 'text/plain').repeat(count)}--b--\r\n`;
  expect(readForm(notes(4)).fault).toBeUndefined();
  expect(readForm(notes(5)).fault?.rule).toBe('parts');
  const text = `${photo(1000)}${part('note', 'y'.repeat(10))}--b--\r\n`;
  expect(readForm(text, { held: 10 }).fault).toBeUndefined();
  expect(readForm(text, { held: 9 }).fault?.rule).toBe('held-bytes');
});

it('refuses U+0000 in a text and in the name of a file: no store keeps it', () => {
  const photo = part('photo', png, 'image/png');
  expect(rulesOf(readForm(`${part('note', 'a\u0000b')}${photo}--b--\r\n`))).toEqual(['/note malformed']);
  expect(rulesOf(readForm(`${part('note', 'ab')}${photo}--b--\r\n`))).toHaveProperty('value');
  const named = readForm(`${photo.replace('photo.x', 'pho\u0000to.x')}--b--\r\n`);
  expect((named.fault ?? (named.end as { fault?: { rule: string } }).fault)?.rule).toBe('malformed');
});

it('calls a form that is cut off, or is none, malformed', () => {
  expect(readForm(part('photo', png, 'image/png')).end).toEqual({
    fault: { rule: 'malformed', message: 'Ends before its last boundary.' },
  });
  expect(readForm('{"photo":1}').end).toHaveProperty('fault');
});
