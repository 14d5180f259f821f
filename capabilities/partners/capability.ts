import {
  type Capability,
  type Db,
  type Egress,
  fromWireId,
  keyIssuer,
  read,
  type StoredKey,
  toWireId,
  write,
} from '@plinth/runtime';
import { createApp } from './handlers/create-app.ts';
import { createEndpoint } from './handlers/create-endpoint.ts';
import { createKey } from './handlers/create-key.ts';
import { listApps } from './handlers/list-apps.ts';
import { listDeliveries } from './handlers/list-deliveries.ts';
import { listEndpoints } from './handlers/list-endpoints.ts';
import { listKeys } from './handlers/list-keys.ts';
import { removeEndpoint } from './handlers/remove-endpoint.ts';
import { replayDelivery } from './handlers/replay-delivery.ts';
import { revokeKey } from './handlers/revoke-key.ts';
import { testEndpoint } from './handlers/test-endpoint.ts';
import { deliver } from './jobs/deliver.ts';
import * as partners0001 from './migrations/0001-partners.ts';
import { deliverFacts } from './reactions/deliver-facts.ts';
import { partnersDb } from './tables.ts';

/** The manifest, with what the edge asks about API keys. */
export interface PartnersCapability extends Capability {
  findKey(db: Db, keyId: string): Promise<StoredKey | undefined>;
  /** An application as a client of the identity provider (client credentials); undefined when it may not ask. */
  findApplication(db: Db, applicationId: string): Promise<PartnerApplication | undefined>;
}

export interface PartnerApplication {
  /** `app_…` */
  id: string;
  name: string;
  partnerId: string;
  scopes: readonly string[];
  /** SHA-256 of the secrets of its live keys, hex: each of them is the application's secret. */
  secretHashes: readonly string[];
}

/** @param egress the guarded client that webhooks leave by. */
export function partners(egress: Egress): PartnersCapability {
  return {
    name: 'partners',
    folder: import.meta.dirname,
    handlers: {
      listApps: read(listApps),
      createApp: write(createApp),
      listKeys: read(listKeys),
      createKey: write(createKey),
      revokeKey: write(revokeKey),
      listEndpoints: read(listEndpoints),
      createEndpoint: write(createEndpoint),
      removeEndpoint: write(removeEndpoint),
      testEndpoint: write(testEndpoint),
      listDeliveries: read(listDeliveries),
      replayDelivery: write(replayDelivery),
    },
    reactions: [{ name: 'partners.deliver-facts', on: '*', run: deliverFacts }],
    jobs: [deliver(egress)],
    owners: {
      app: ownersOf('apps', 'app'),
      endpoint: ownersOf('endpoints', 'whe'),
      delivery: ownersOf('deliveries', 'dlv'),
    },
    migrations: { '0001-partners': partners0001 },
    invariants: [
      {
        name: 'partners.at-most-two-live-keys',
        sql: `select app_id from partners.keys where state = 'live' group by app_id having count(*) > 2`,
      },
    ],
    findKey,
    findApplication,
  };
}

/** Who an API key stands for; undefined when it is not live. */
async function findKey(db: Db, keyId: string): Promise<StoredKey | undefined> {
  const row = await partnersDb(db)
    .selectFrom('keys as k')
    .innerJoin('apps as a', 'a.id', 'k.appId')
    .select(['k.id', 'k.secretHash', 'a.id as appId', 'a.partnerId', 'a.scopes', 'a.name'])
    .where('k.keyId', '=', keyId)
    .where('k.state', '=', 'live')
    .where('a.state', '!=', 'suspended')
    .executeTakeFirst();
  if (!row) return undefined;
  const applicationId = toWireId('app', row.appId);
  return {
    id: toWireId('key', row.id),
    secretHash: row.secretHash,
    principal: {
      issuer: keyIssuer,
      subject: applicationId,
      audience: 'partner',
      applicationId,
      partnerId: row.partnerId,
      actor: [],
      scopes: new Set(row.scopes),
      acr: 'key',
      authTime: 0,
      channel: 'partner',
      name: row.name,
      expiresAt: Number.MAX_SAFE_INTEGER,
    },
  };
}

async function findApplication(db: Db, applicationId: string): Promise<PartnerApplication | undefined> {
  const id = fromWireId('app', applicationId);
  if (id === undefined) return undefined;
  const rows = await partnersDb(db)
    .selectFrom('apps as a')
    .innerJoin('keys as k', 'k.appId', 'a.id')
    .select(['a.name', 'a.partnerId', 'a.scopes', 'k.secretHash'])
    .where('a.id', '=', id)
    .where('a.state', '!=', 'suspended')
    .where('k.state', '=', 'live')
    .execute();
  const [first] = rows;
  if (!first) return undefined;
  const { name, partnerId, scopes } = first;
  return { id: applicationId, name, partnerId, scopes, secretHashes: rows.map(({ secretHash }) => secretHash) };
}

function ownersOf(table: 'apps' | 'endpoints' | 'deliveries', prefix: string) {
  return async (ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> => {
    const uuids = ids.flatMap((id) => fromWireId(prefix, id) ?? []);
    if (uuids.length === 0) return new Map();
    const rows = await partnersDb(db).selectFrom(table).select(['id', 'partnerId']).where('id', 'in', uuids).execute();
    return new Map(rows.map((row) => [toWireId(prefix, row.id), [row.partnerId]]));
  };
}
