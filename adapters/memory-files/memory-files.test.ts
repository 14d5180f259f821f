import { filesLaws } from '@plinth/testing';
import { describe, expect, it } from 'vitest';
import { MemoryFiles } from './index.ts';

describe('files in memory keep the laws of the Files port', () => {
  it.each(filesLaws(() => ({ files: new MemoryFiles() })))('$name', async ({ check }) => {
    await expect(check()).resolves.toBeUndefined();
  });
});

describe('files in memory', () => {
  it('take 64 MiB in all and no byte more, and what is removed makes room', async () => {
    const files = new MemoryFiles();
    const head = { owner: 'cus_ada', name: 'a', type: 'text/plain' };
    const piece = new Uint8Array(8 * 1_048_576);
    for (let n = 0; n < 8; n++) await (await files.begin(`fil_${n}`, head)).write(piece);
    const writer = await files.begin('fil_more', head);
    await expect(writer.write(piece.subarray(0, 1))).rejects.toMatchObject({ failure: 'full' });
    await files.release(['fil_0']);
    await writer.write(piece);
    expect((await writer.end()).size).toBe(piece.length);
  });
});
