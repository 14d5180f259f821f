// Where the identity provider keeps codes, grants and refresh tokens: one table, rows with an end.

import type { Database } from '@plinth/runtime';
import { type Kysely, sql } from 'kysely';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { type Application, applicationClient } from './clients.ts';

/** Schema `oidc`. */
export const oidcMigrations = {
  schema: 'oidc',
  migrations: {
    '0001-records': {
      async up(db: Kysely<unknown>): Promise<void> {
        await sql`
          create table oidc.record (
            kind text not null,
            id text not null,
            payload jsonb not null,
            grant_id text,
            user_code text,
            uid text,
            expires_at timestamptz,
            primary key (kind, id)
          );
          create index record_grant_id_idx on oidc.record (grant_id);
          create index record_user_code_idx on oidc.record (user_code);
          create index record_uid_idx on oidc.record (uid);
          create index record_expires_at_idx on oidc.record (expires_at);
          create table oidc.key (only_row boolean primary key default true check (only_row), value jsonb not null);
        `.execute(db);
      },
    },
  },
} as const;

/**
 * Makes the adapter class that oidc-provider instantiates per kind of record. Clients are no records: those it does not
 * know itself are partners' applications.
 */
export function recordStore(
  { db }: Database,
  findApplication: (id: string) => Promise<Application | undefined>,
): new (kind: string) => Adapter {
  return class RecordStore implements Adapter {
    readonly #kind: string;

    constructor(kind: string) {
      this.#kind = kind;
    }

    async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
      const end = expiresIn ? sql`now() + make_interval(secs => ${expiresIn})` : sql`null`;
      await sql`
        insert into oidc.record (kind, id, payload, grant_id, user_code, uid, expires_at)
        values (${this.#kind}, ${id}, ${JSON.stringify(payload)}::jsonb, ${payload.grantId ?? null}, ${payload.userCode ?? null}, ${payload.uid ?? null}, ${end})
        on conflict (kind, id) do update set payload = excluded.payload, expires_at = excluded.expires_at`.execute(db);
    }

    async find(id: string): Promise<AdapterPayload | undefined> {
      if (this.#kind === 'Client') {
        const application = await findApplication(id);
        return application && applicationClient(application);
      }
      return this.#one(sql`id = ${id}`);
    }

    async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
      return this.#one(sql`user_code = ${userCode}`);
    }

    async findByUid(uid: string): Promise<AdapterPayload | undefined> {
      return this.#one(sql`uid = ${uid}`);
    }

    async consume(id: string): Promise<void> {
      await sql`
        update oidc.record set payload = jsonb_set(payload, '{consumed}', to_jsonb(extract(epoch from now())::bigint))
        where kind = ${this.#kind} and id = ${id}`.execute(db);
    }

    async destroy(id: string): Promise<void> {
      await sql`delete from oidc.record where kind = ${this.#kind} and id = ${id}`.execute(db);
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      await sql`delete from oidc.record where grant_id = ${grantId}`.execute(db);
    }

    async #one(where: ReturnType<typeof sql>): Promise<AdapterPayload | undefined> {
      const { rows } = await sql<{ payload: AdapterPayload }>`
        select payload from oidc.record where kind = ${this.#kind} and ${where} and (expires_at is null or expires_at > now())`.execute(
        db,
      );
      return rows[0]?.payload;
    }
  };
}

/** Deletes records past their end, 1,000 at most. */
export async function sweepRecords({ db }: Database): Promise<void> {
  await sql`delete from oidc.record where ctid in (select ctid from oidc.record where expires_at < now() limit 1000)`.execute(
    db,
  );
}
