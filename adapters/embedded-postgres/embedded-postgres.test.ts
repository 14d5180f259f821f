import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually } from '@plinth/testing';
import { Client } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { DataFolderInUse, type EmbeddedPostgres, runningPostgresUrl, startEmbeddedPostgres } from './index.ts';
import { isAlive } from './processes.ts';

const folders = new Set<string>();

function newFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plinth-embedded-'));
  folders.add(folder);
  return folder;
}

/** Starts it here; what it keeps outside its data folder is removed at the end as well. */
async function start(dataFolder: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataFolder });
  folders.add(path.dirname(server.clusterFolder));
  return server;
}

interface Started {
  child: ChildProcess;
  pid: number;
  url: string;
  clusterFolder: string;
}

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534 };

/** A process of its own that starts a server and says where it is. */
async function startInChild(
  options: { dataFolder: string; ephemeral?: boolean },
  identity: { uid?: number; gid?: number } = {},
): Promise<Started> {
  const code = `import { startEmbeddedPostgres } from ${JSON.stringify(path.join(import.meta.dirname, 'index.ts'))};
    const { pid, url, clusterFolder } = await startEmbeddedPostgres(${JSON.stringify(options)});
    console.log(JSON.stringify({ pid, url, clusterFolder })); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...identity,
  });
  const started = await new Promise<Started>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) =>
      resolve({ child, ...(JSON.parse(chunk.toString()) as object) } as Started),
    );
    child.once('exit', () => reject(new Error('the child ended early')));
  });
  folders.add(path.dirname(started.clusterFolder));
  return started;
}

const isGone = (pid: number): Promise<true> => eventually(`process ${pid} is gone`, 5000, () => !isAlive(pid));

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows as unknown[];
}

/** Process of the watchdog of a server. */
function watchdogOf(serverPid: number): number {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.some((word) => word.endsWith('watchdog.ts')) && words.includes(String(serverPid));
      } catch {
        return false;
      }
    });
  return Number(found);
}

/** In a checkout that only root may enter, nobody else can run this code at all. */
function othersMayRun(): boolean {
  if (!isRoot) return false;
  return (
    spawnSync(process.execPath, ['-e', `require('fs').readFileSync(${JSON.stringify(import.meta.filename)})`], nobody)
      .status === 0
  );
}

describe('the private PostgreSQL', { timeout: 40_000 }, () => {
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })), 60_000);

  it('keeps its rows over a restart', async () => {
    const dataFolder = newFolder();
    const first = await start(dataFolder);
    expect(first.created).toBe(true);
    await query(first.url, 'create table kept as select 7 as n');
    await first.stop();
    const second = await start(dataFolder);
    expect(second.created).toBe(false);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await second.stop();
  });

  it('listens on a socket that only its user may open, is durable, and sorts by code point', async () => {
    const server = await start(newFolder());
    expect(
      await query(
        server.url,
        `select name, setting from pg_settings
         where name in ('listen_addresses', 'unix_socket_permissions', 'fsync', 'synchronous_commit') order by name`,
      ),
    ).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '' },
      { name: 'synchronous_commit', setting: 'on' },
      { name: 'unix_socket_permissions', setting: '0700' },
    ]);
    expect(await query(server.url, `select 'ä' < 'z' as a, upper('ä') as b`)).toEqual([{ a: false, b: 'Ä' }]);
    await server.stop();
  });

  it('refuses a second owner of the folder and names the first, whose server may be looked into', async () => {
    const dataFolder = newFolder();
    const { child, pid } = await startInChild({ dataFolder });
    await expect(startEmbeddedPostgres({ dataFolder })).rejects.toMatchObject({
      name: DataFolderInUse.name,
      pid: child.pid,
      folder: dataFolder,
      message: expect.stringContaining(`pid ${child.pid}`),
    });
    expect(isAlive(pid)).toBe(true);
    expect(await query(runningPostgresUrl(dataFolder), 'select 1 as one')).toEqual([{ one: 1 }]);
    child.kill('SIGKILL');
    await isGone(pid);
  });

  it('is gone within 5 s after its owner was killed, and the folder can be used again', async () => {
    const dataFolder = newFolder();
    const { child, pid, url } = await startInChild({ dataFolder });
    await query(url, 'create table kept as select 7 as n');
    child.kill('SIGKILL');
    await isGone(pid);
    const next = await start(dataFolder);
    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await next.stop();
  });

  it('stops a server that was left over without owner and watchdog, and keeps its rows', async () => {
    const dataFolder = newFolder();
    const { child, pid, url } = await startInChild({ dataFolder });
    await query(url, 'create table kept as select 7 as n');
    process.kill(watchdogOf(pid), 'SIGKILL');
    child.kill('SIGKILL');
    await isGone(child.pid ?? 0);
    expect(isAlive(pid)).toBe(true);
    const next = await start(dataFolder);
    expect(isAlive(pid)).toBe(false);
    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await next.stop();
  });

  it('leaves a stranger alone whose pid stands in an old pid file', async () => {
    const dataFolder = newFolder();
    const first = await start(dataFolder);
    await first.stop();
    const stranger = spawn('sleep', ['60'], { argv0: 'postgres' });
    writeFileSync(path.join(first.clusterFolder, 'postmaster.pid'), `${stranger.pid}\n`);
    const second = await start(dataFolder);
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
    stranger.kill();
    await second.stop();
  });

  it('refuses a cluster that another major version made', async () => {
    const dataFolder = newFolder();
    const first = await start(dataFolder);
    await first.stop();
    writeFileSync(path.join(first.clusterFolder, 'PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres({ dataFolder })).rejects.toThrow(/made by PostgreSQL 17.*brings PostgreSQL 18/);
  });

  it('leaves nothing behind when it is ephemeral, not even when it is killed', async () => {
    const server = await startEmbeddedPostgres({ dataFolder: '', ephemeral: true });
    expect(existsSync(server.clusterFolder)).toBe(true);
    await server.stop();
    expect(existsSync(server.clusterFolder)).toBe(false);
    expect(isAlive(server.pid)).toBe(false);
    const { child, pid, clusterFolder } = await startInChild({ dataFolder: '', ephemeral: true });
    child.kill('SIGKILL');
    await isGone(pid);
    await eventually('its folder is gone', 2000, () => !existsSync(clusterFolder));
  });

  it.runIf(othersMayRun())(
    'runs for a user without rights, from a folder deeper than a socket path may be',
    async () => {
      const home = newFolder();
      const dataFolder = path.join(home, 'a'.repeat(60), 'b'.repeat(60));
      mkdirSync(dataFolder, { recursive: true });
      for (const folder of [home, path.dirname(dataFolder), dataFolder]) chownSync(folder, nobody.uid, nobody.gid);
      const { child, pid, url, clusterFolder } = await startInChild({ dataFolder }, nobody);
      expect(clusterFolder.startsWith(dataFolder)).toBe(true);
      expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
      child.kill('SIGKILL');
      await isGone(pid);
      folders.add(new URL(url).searchParams.get('host') ?? '');
    },
  );
});
