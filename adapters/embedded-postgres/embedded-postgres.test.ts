import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { DataFolderInUse, type EmbeddedPostgres, startEmbeddedPostgres } from './index.ts';
import { isAlive } from './processes.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plinth-embedded-'));
  folders.push(folder);
  return folder;
};

/** A process of its own that starts a server and prints where it is. */
async function startInChild(folder: string): Promise<{ child: ReturnType<typeof spawn>; serverPid: number }> {
  const code = `import { startEmbeddedPostgres } from ${JSON.stringify(path.join(import.meta.dirname, 'index.ts'))};
    const server = await startEmbeddedPostgres({ dataFolder: ${JSON.stringify(folder)} });
    console.log(server.pid); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const serverPid = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
    child.once('exit', () => reject(new Error('the child ended early')));
  });
  return { child, serverPid };
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  for (let waited = 0; waited < withinMs && isAlive(pid); waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return !isAlive(pid);
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows as unknown[];
}

describe('the private PostgreSQL', () => {
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  it('keeps its rows over a restart', { timeout: 30_000 }, async () => {
    const dataFolder = newFolder();
    const first = await startEmbeddedPostgres({ dataFolder });
    expect(first.created).toBe(true);
    await query(first.url, 'create table kept (n int)');
    await query(first.url, 'insert into kept values (7)');
    await first.stop();
    const second = await startEmbeddedPostgres({ dataFolder });
    expect(second.created).toBe(false);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await second.stop();
  });

  it('refuses a second owner of the folder and names the first', { timeout: 30_000 }, async () => {
    const dataFolder = newFolder();
    const first = await startEmbeddedPostgres({ dataFolder });
    await expect(startEmbeddedPostgres({ dataFolder })).rejects.toMatchObject({
      name: DataFolderInUse.name,
      pid: process.pid,
      folder: dataFolder,
    });
    await first.stop();
  });

  it(
    'is gone within 5 s after its owner was killed, and the folder can be used again',
    { timeout: 40_000 },
    async () => {
      const dataFolder = newFolder();
      const { child, serverPid } = await startInChild(dataFolder);
      expect(isAlive(serverPid)).toBe(true);
      child.kill('SIGKILL');
      expect(await gone(serverPid, 5000)).toBe(true);
      const next = await startEmbeddedPostgres({ dataFolder });
      expect(next.created).toBe(false);
      await next.stop();
    },
  );

  it('leaves nothing behind when it is ephemeral', { timeout: 30_000 }, async () => {
    const server: EmbeddedPostgres = await startEmbeddedPostgres({ dataFolder: '', ephemeral: true });
    expect(existsSync(server.clusterFolder)).toBe(true);
    await server.stop();
    expect(existsSync(server.clusterFolder)).toBe(false);
    expect(isAlive(server.pid)).toBe(false);
  });
});
