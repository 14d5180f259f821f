import type { Contract } from '@plinth/contract';
import {
  type AddressCheck,
  type Capability,
  type Db,
  fromWireId,
  keyIssuer,
  type Mail,
  type Plan,
  read,
  type StoredKey,
  toWireId,
  webhooks,
  write,
} from '@plinth/runtime';
import { sql } from 'kysely';
import { createApp } from './handlers/create-app.ts';
import { createEndpoint } from './handlers/create-endpoint.ts';
import { createKey } from './handlers/create-key.ts';
import { listApps } from './handlers/list-apps.ts';
import { listDeliveries } from './handlers/list-deliveries.ts';
import { listEndpoints } from './handlers/list-endpoints.ts';
import { listKeys } from './handlers/list-keys.ts';
import { pauseEndpoint } from './handlers/pause-endpoint.ts';
import { removeEndpoint } from './handlers/remove-endpoint.ts';
import { replayDeliveries } from './handlers/replay-deliveries.ts';
import { replayDelivery } from './handlers/replay-delivery.ts';
import { resumeApp } from './handlers/resume-app.ts';
import { resumeEndpoint } from './handlers/resume-endpoint.ts';
import { resumePartner } from './handlers/resume-partner.ts';
import { revokeKey } from './handlers/revoke-key.ts';
import { rotateCallbackSecret } from './handlers/rotate-callback-secret.ts';
import { rotateEndpointSecret } from './handlers/rotate-endpoint-secret.ts';
import { setEndpointContact } from './handlers/set-endpoint-contact.ts';
import { setPlan } from './handlers/set-plan.ts';
import { suspendApp } from './handlers/suspend-app.ts';
import { suspendPartner } from './handlers/suspend-partner.ts';
import { testEndpoint } from './handlers/test-endpoint.ts';
import { mailNotices } from './jobs/mail-notices.ts';
import { scopesOfKey } from './key.ts';
import * as partners0001 from './migrations/0001-partners.ts';
import * as partners0002 from './migrations/0002-deliveries.ts';
import * as partners0003 from './migrations/0003-plan.ts';
import * as partners0004 from './migrations/0004-suspensions.ts';
import * as partners0005 from './migrations/0005-lasting-suspensions.ts';
import * as partners0006 from './migrations/0006-mail-notices.ts';
import * as partners0007 from './migrations/0007-suspended-apps.ts';
import { tellTrouble } from './notices.ts';
import { deliverFacts } from './reactions/deliver-facts.ts';
import { isLetIn, partnersDb } from './tables.ts';

/** The manifest, with what the edge asks about API keys. */
export interface PartnersCapability extends Capability {
  findKey(db: Db, keyId: string): Promise<StoredKey | undefined>;
  /** What an application was sold; undefined = what everybody gets. */
  findPlan(db: Db, applicationId: string): Promise<Plan | undefined>;
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

export interface PartnersPorts {
  /** Of the guarded client that webhooks leave by. */
  checkAddress: AddressCheck;
  /** Those in force: they say what partners may see of a fact. */
  contracts: () => readonly Contract[];
  /** Whoever looks after an endpoint is written to when it fails. */
  mail: Mail;
  /** Where the developers' pages are: `https://…`, without a slash at its end. */
  baseUrl: string;
}

export function partners({ checkAddress, contracts, mail, baseUrl }: PartnersPorts): PartnersCapability {
  return {
    name: 'partners',
    folder: import.meta.dirname,
    handlers: {
      listApps: read(listApps),
      createApp: write(createApp),
      listKeys: read(listKeys),
      createKey: write(createKey),
      revokeKey: write(revokeKey),
      setPlan: write(setPlan(contracts)),
      listEndpoints: read(listEndpoints),
      createEndpoint: write(createEndpoint(checkAddress)),
      setEndpointContact: write(setEndpointContact),
      removeEndpoint: write(removeEndpoint),
      testEndpoint: write(testEndpoint),
      rotateEndpointSecret: write(rotateEndpointSecret),
      rotateCallbackSecret: write(rotateCallbackSecret),
      pauseEndpoint: write(pauseEndpoint),
      resumeEndpoint: write(resumeEndpoint),
      replayDeliveries: write(replayDeliveries),
      listDeliveries: read(listDeliveries),
      replayDelivery: write(replayDelivery),
      suspendApp: write(suspendApp),
      resumeApp: write(resumeApp),
      suspendPartner: write(suspendPartner),
      resumePartner: write(resumePartner),
    },
    reactions: [{ name: 'partners.deliver-facts', on: '*', run: deliverFacts(contracts) }],
    jobs: [mailNotices({ mail, page: `${baseUrl}/developers/webhooks` })],
    onWebhookNotice: tellTrouble,
    owners: {
      app: ownersOf('apps', 'app'),
      endpoint: ownersOf('endpoints', 'whe'),
      delivery: ownersOfDeliveries,
    },
    migrations: {
      '0001-partners': partners0001,
      '0002-deliveries': partners0002,
      '0003-plan': partners0003,
      '0004-suspensions': partners0004,
      '0005-lasting-suspensions': partners0005,
      '0006-mail-notices': partners0006,
      '0007-suspended-apps': partners0007,
    },
    invariants: [
      {
        name: 'partners.at-most-two-live-keys',
        sql: `select app_id from partners.keys where state = 'live' and (expires_at is null or expires_at > now()) group by app_id having count(*) > 2`,
      },
      {
        name: 'partners.notices-leave-or-are-given-up',
        sql: `select id from partners.mail_notices where made_at < now() - interval '8 days'`,
      },
    ],
    findKey,
    findApplication,
    findPlan,
  };
}

/** Who an API key stands for, also of who is shut out, which it says; undefined when it is not live. */
async function findKey(db: Db, keyId: string): Promise<StoredKey | undefined> {
  const row = await partnersDb(db)
    .selectFrom('keys as k')
    .innerJoin('apps as a', 'a.id', 'k.appId')
    .select(['k.id', 'k.secretHash', 'k.scopes as keyScopes', 'k.addresses', 'k.expiresAt'])
    .select(['a.id as appId', 'a.partnerId', 'a.scopes', 'a.name', isLetIn.as('isLetIn')])
    .where('k.keyId', '=', keyId)
    .where('k.state', '=', 'live')
    .executeTakeFirst();
  if (!row) return undefined;
  const applicationId = toWireId('app', row.appId);
  const expiresAt = row.expiresAt === null ? undefined : Math.floor(row.expiresAt.epochMilliseconds / 1000);
  return {
    id: toWireId('key', row.id),
    secretHash: row.secretHash,
    addresses: row.addresses,
    isSuspended: !row.isLetIn,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    principal: {
      issuer: keyIssuer,
      subject: applicationId,
      audience: 'partner',
      applicationId,
      partnerId: row.partnerId,
      actor: [],
      scopes: scopesOfKey({ scopes: row.keyScopes }, row),
      acr: 'key',
      authTime: 0,
      channel: 'partner',
      name: row.name,
      expiresAt: expiresAt ?? Number.MAX_SAFE_INTEGER,
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
    .where(isLetIn)
    .where('k.state', '=', 'live')
    // A key with terms of its own must not open the application's whole account.
    .where('k.scopes', 'is', null)
    .where(sql<boolean>`cardinality(k.addresses) = 0 and (k.expires_at is null or k.expires_at > now())`)
    .execute();
  const [first] = rows;
  if (!first) return undefined;
  const { name, partnerId, scopes } = first;
  return { id: applicationId, name, partnerId, scopes, secretHashes: rows.map(({ secretHash }) => secretHash) };
}

async function findPlan(db: Db, applicationId: string): Promise<Plan | undefined> {
  const id = fromWireId('app', applicationId);
  if (id === undefined) return undefined;
  const row = await partnersDb(db).selectFrom('apps').select('plan').where('id', '=', id).executeTakeFirst();
  return row?.plan ?? undefined;
}

async function ownersOfDeliveries(ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> {
  const uuids = ids.flatMap((id) => fromWireId('dlv', id) ?? []);
  const apps = await webhooks.ownersOfDeliveries(db, uuids);
  const partnersByApp = await ownersOf('apps', 'app')([...new Set(apps.values())], db);
  return new Map([...apps].map(([id, app]) => [toWireId('dlv', id), partnersByApp.get(app) ?? []]));
}

function ownersOf(table: 'apps' | 'endpoints', prefix: string) {
  return async (ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> => {
    const uuids = ids.flatMap((id) => fromWireId(prefix, id) ?? []);
    if (uuids.length === 0) return new Map();
    const rows = await partnersDb(db).selectFrom(table).select(['id', 'partnerId']).where('id', 'in', uuids).execute();
    return new Map(rows.map((row) => [toWireId(prefix, row.id), [row.partnerId]]));
  };
}
