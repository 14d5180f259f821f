import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipOf } from '@plinth/testing';
import { afterAll, expect, it } from 'vitest';
import { Zip, ZipBroken, zipLimits } from './zip.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-zip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(bytes: Uint8Array): string {
  const file = path.join(folder, 'a.zip');
  writeFileSync(file, bytes);
  return file;
}

it('gives the texts of stored and of deflated files', () => {
  const zip = new Zip(write(zipOf({ 'a.yaml': 'a: ä', 'deep/b.json': '{}'.padEnd(5000), 'deep/': '' }, 'a comment')));
  expect(zip.names()).toEqual(['a.yaml', 'deep/b.json']);
  expect(zip.text('a.yaml')).toBe('a: ä');
  expect(zip.text('deep/b.json')).toBe('{}'.padEnd(5000));
  expect(() => zip.text('../a.yaml')).toThrow('holds no');
});

it('says why an archive cannot be read', () => {
  const whole = zipOf({ 'a.yaml': 'a: 1' });
  for (const [bytes, why] of [
    [Buffer.from('PK no'), 'no zip archive'],
    [whole.subarray(10), 'cut off|damaged'],
    [whole.subarray(0, whole.length - 10), 'no zip archive'],
  ] as const)
    expect(() => new Zip(write(bytes))).toThrow(new RegExp(why));
});

it('refuses a file that is damaged, says less than it is, or is too large', () => {
  const text = 'x'.repeat(10_000);
  const damaged = zipOf({ 'a.yaml': text });
  damaged[40] = (damaged[40] ?? 0) ^ 0xff;
  expect(() => new Zip(write(damaged)).text('a.yaml')).toThrow('damaged');
  const lies = zipOf({ 'a.yaml': text });
  lies.writeUInt32LE(10, lies.lastIndexOf('PK\u0001\u0002') + 24);
  expect(() => new Zip(write(lies)).text('a.yaml')).toThrow('damaged');
  const huge = zipOf({ 'a.yaml': text });
  huge.writeUInt32LE(zipLimits.textBytes + 1, huge.lastIndexOf('PK\u0001\u0002') + 24);
  expect(() => new Zip(write(huge)).text('a.yaml')).toThrow(ZipBroken);
});

it('unpacks no more than 256 MiB in all', () => {
  const bytes = zipOf({ 'a.yaml': 'x'.repeat(zipLimits.textBytes), 'b.yaml': 'x' });
  const zip = new Zip(write(bytes));
  const most = zipLimits.allBytes / zipLimits.textBytes;
  for (let count = 0; count < most; count++) zip.text('a.yaml');
  expect(() => zip.text('b.yaml')).toThrow('more than 256 MiB');
});
