// Files of people over HTTP: streamed to the store while they come in, kept with what they belong to or not at all, given
// back to their owner and to staff, and to nobody as a page.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { audit } from '../server/src/world.ts';
import { limitless } from './security/objects.ts';
import { ada, ben, call, openIssuer, type OutsideIssuer, startWorld, type World } from './security/world.ts';

const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const mebibyte = 1_048_576;
const scopes = 'tickets.read tickets.write';
let issuer: OutsideIssuer;
let world: World;
let tokens: { ada: string; ben: string; staff: string };

beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer, platform: { limits: limitless } });
  const of = (id: string): Promise<string> => issuer.customer(id, scopes);
  const staff = issuer.token({ sub: 'sue', kind: 'staff', scope: scopes });
  tokens = { ada: await of(ada), ben: await of(ben), staff: await staff };
});
afterAll(async () => {
  await world.close();
  await issuer.close();
});

interface Sent {
  name?: string;
  type?: string;
  bytes?: Uint8Array;
  token?: string;
  key?: string;
  form?: FormData;
}

interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
  kind: string;
  code?: string;
  errors?: { pointer: string; rule: string }[];
}

function formOf({ name = 'photo.png', type = 'image/png', bytes = png }: Sent): FormData {
  const form = new FormData();
  form.append('file', new Blob([Buffer.from(bytes)], { type }), name);
  return form;
}

async function attach(ticket: string, sent: Sent = {}): Promise<{ response: Response; body: Attachment }> {
  const { token = tokens.ada, key = crypto.randomUUID(), form = formOf(sent) } = sent;
  const response = await fetch(`${world.base}/tickets/v1/tickets/${ticket}/attachments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': key },
    body: form,
  });
  return { response, body: (await response.json()) as Attachment };
}

async function openTicket(token = tokens.ada): Promise<string> {
  const body = { subject: 'The kettle does not heat', text: 'See the photo.' };
  const said = await call(world, token, '/tickets/v1/tickets', {
    method: 'POST',
    body,
    headers: { 'idempotency-key': crypto.randomUUID() },
  });
  return said.body['id'] as string;
}

function save(ticket: string, attachment: string, token = tokens.ada): Promise<Response> {
  const target = `/tickets/v1/tickets/${ticket}/attachments/${attachment}`;
  return fetch(world.base + target, { headers: { authorization: `Bearer ${token}` } });
}

async function listed(ticket: string, token = tokens.ada): Promise<Attachment[]> {
  const said = await call(world, token, `/tickets/v1/tickets/${ticket}`);
  return said.body['attachments'] as Attachment[];
}

/** Files of the store: those that are kept, and all. */
async function stored(): Promise<{ kept: number; all: number; chunks: number }> {
  const { rows } = await sql<{ kept: bigint; all: bigint; chunks: bigint }>`
    select count(kept_at) as kept, count(*) as "all", (select count(distinct file_id) from runtime.file_chunk) as chunks
    from runtime.file`.execute(world.database.db);
  const [{ kept, all, chunks } = { kept: 0n, all: 0n, chunks: 0n }] = rows;
  return { kept: Number(kept), all: Number(all), chunks: Number(chunks) };
}

/** Whatever comes to nothing leaves nothing. */
async function leavingNothing(work: () => Promise<void>): Promise<void> {
  const before = await stored();
  await work();
  // Loose files of requests before it may still be on their way out.
  const left = { kept: before.kept, all: before.kept, chunks: before.kept };
  await eventually('nothing is left of it', 5_000, async () => isDeepStrictEqual(await stored(), left));
}

it('are given back as they were sent, to their owner and to staff, to be saved and not to be shown', async () => {
  const ticket = await openTicket();
  const bytes = Buffer.concat([png, randomBytes(3 * mebibyte)]);
  const { response, body } = await attach(ticket, { bytes, name: '../../Käse "1".png' });
  expect([response.status, body.name, body.type, body.size, body.kind]).toEqual([
    201,
    'Käse "1".png',
    'image/png',
    bytes.length,
    'customer',
  ]);
  for (const token of [tokens.ada, tokens.staff]) {
    expect(await listed(ticket, token)).toEqual([body]);
    const saved = await save(ticket, body.id, token);
    expect(Buffer.from(await saved.arrayBuffer()).equals(bytes)).toBe(true);
    expect(Object.fromEntries(saved.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': `attachment; filename="K_se _1_.png"; filename*=UTF-8''K%C3%A4se%20%221%22.png`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    });
  }
});

it('do not exist for others, and not under another ticket', async () => {
  const [mine, other, bens] = [await openTicket(), await openTicket(), await openTicket(tokens.ben)];
  const { body } = await attach(mine);
  expect((await save(mine, body.id, tokens.ben)).status).toBe(404);
  expect((await save(bens, body.id, tokens.ben)).status).toBe(404);
  expect((await save(other, body.id)).status).toBe(404);
  await leavingNothing(async () => {
    expect((await attach(mine, { token: tokens.ben })).response.status).toBe(404);
  });
});

it('are attached once when the request is repeated, and a repetition leaves no second copy', async () => {
  const ticket = await openTicket();
  const key = crypto.randomUUID();
  const bytes = Buffer.concat([png, randomBytes(400_000)]);
  const first = await attach(ticket, { key, bytes });
  await leavingNothing(async () => {
    const again = await attach(ticket, { key, bytes });
    expect([again.response.status, again.response.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(again.body).toEqual(first.body);
    const other = await attach(ticket, { key, bytes: Buffer.concat([bytes, png]) });
    expect([other.response.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
  });
  const twins = crypto.randomUUID();
  const before = await stored();
  const answers = await Promise.all([1, 2, 3].map(() => attach(ticket, { key: twins, bytes })));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  const left = before.kept + 1;
  await eventually('one copy is left', 5_000, async () =>
    isDeepStrictEqual(await stored(), { kept: left, all: left, chunks: left }),
  );
  expect(await listed(ticket)).toHaveLength(2);
});

it.each<[string, Sent, number, string]>([
  ['of a type that is not taken', { type: 'text/html', bytes: Buffer.from('<script>') }, 400, 'invalid-body'],
  ['that are not what they say', { bytes: Buffer.from('<script>alert(1)</script>') }, 400, 'invalid-body'],
  ['without a byte', { type: 'application/pdf', bytes: new Uint8Array(0) }, 400, 'invalid-body'],
  ['that are missing', { form: new FormData() }, 400, 'invalid-body'],
  ['beyond 10 MiB', { bytes: Buffer.concat([png, Buffer.alloc(10 * mebibyte - 7)]) }, 413, 'file-too-large'],
])('%s are refused', async (_, sent, status, code) => {
  const ticket = await openTicket();
  await leavingNothing(async () => {
    const { response, body } = await attach(ticket, sent);
    expect([response.status, body.code]).toEqual([status, code]);
  });
  expect(await listed(ticket)).toEqual([]);
});

it('of exactly 10 MiB are taken', async () => {
  const ticket = await openTicket();
  const bytes = Buffer.concat([png, Buffer.alloc(10 * mebibyte - png.length, 7)]);
  const { response, body } = await attach(ticket, { bytes });
  expect([response.status, body.size]).toEqual([201, 10 * mebibyte]);
});

it('that are undeclared, too many or no form are refused', async () => {
  const ticket = await openTicket();
  const two = formOf({});
  two.append('other', new Blob([png], { type: 'image/png' }), 'b.png');
  const many = new FormData();
  for (let n = 0; n < 21; n++) many.append('file', new Blob([png], { type: 'image/png' }), 'b.png');
  await leavingNothing(async () => {
    for (const form of [two, many]) expect((await attach(ticket, { form })).body.code).toBe('invalid-body');
    const target = `/tickets/v1/tickets/${ticket}/attachments`;
    const post = async (type: string, body: string): Promise<[status: number, code: unknown]> => {
      const response = await fetch(world.base + target, {
        method: 'POST',
        body,
        headers: {
          authorization: `Bearer ${tokens.ada}`,
          'content-type': type,
          'idempotency-key': crypto.randomUUID(),
        },
      });
      return [response.status, ((await response.json()) as Attachment).code];
    };
    expect(await post('application/json', '{}')).toEqual([415, 'unsupported-media-type']);
    const malformed = [
      await post('multipart/form-data', 'x'),
      await post('multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="file"'),
      await post('multipart/form-data; boundary=b', 'no boundary at all'),
    ];
    expect(malformed).toEqual(malformed.map(() => [400, 'invalid-body']));
  });
});

it('of a request that a rule refuses are not kept, and a ticket has at most 20', async () => {
  const ticket = await openTicket();
  const answers = await Promise.all(Array.from({ length: 22 }, () => attach(ticket)));
  expect(answers.filter(({ response }) => response.status === 201)).toHaveLength(20);
  await leavingNothing(async () => {
    expect((await attach(ticket)).body.code).toBe('tickets.too-many-attachments');
  });
  expect(await listed(ticket)).toHaveLength(20);
});

it('of a sender who goes away in the middle are removed', async () => {
  const ticket = await openTicket();
  await leavingNothing(async () => {
    const before = await stored();
    const { port, hostname } = new URL(world.base);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /tickets/v1/tickets/${ticket}/attachments HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
        `Authorization: Bearer ${tokens.ada}\r\nIdempotency-Key: ${crypto.randomUUID()}\r\n` +
        'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n' +
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n',
    );
    socket.write(Buffer.concat([png, Buffer.alloc(600_000)]));
    await eventually('a part of it is stored', 5_000, async () => (await stored()).chunks === before.chunks + 1);
    socket.destroy();
  });
  expect(await listed(ticket)).toEqual([]);
});

it('are removed by those who attached them, and by staff', async () => {
  const ticket = await openTicket();
  const [mine, theirs] = [await attach(ticket), await attach(ticket, { token: tokens.staff })];
  expect(theirs.body.kind).toBe('staff');
  const remove = (id: string, token: string) =>
    call(world, token, `/tickets/v1/tickets/${ticket}/attachments/${id}`, {
      method: 'DELETE',
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
  expect((await remove(theirs.body.id, tokens.ada)).code).toBe('not-yours');
  const before = await stored();
  expect((await remove(mine.body.id, tokens.ada)).status).toBe(204);
  expect((await remove(theirs.body.id, tokens.staff)).status).toBe(204);
  expect((await remove(mine.body.id, tokens.ada)).status).toBe(404);
  expect((await save(ticket, mine.body.id)).status).toBe(404);
  expect((await stored()).kept).toBe(before.kept - 2);
});

it('leave every invariant whole', async () => {
  const { broken } = await audit(world.database, world.platform.capabilities);
  expect(broken).toEqual([]);
});
