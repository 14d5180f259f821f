// Made from contract.yaml (Partners 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

export type App = {
  id: string;
  partnerId: string;
  name: string;
  state: 'sandbox' | 'production' | 'suspended';
  scopes: string[];
  createdAt: string;
};

export type Plan = {
  /** Calls in the window of a limit, by its name, in place of what the contracts say. */
  limits?: {
    [key: string]: number;
  } | undefined;
  /** Calls of a calendar day or month (UTC); 0 is none. */
  quotas?: {
    product: string;
    per: 'day' | 'month';
    calls: number;
  }[] | undefined;
};

export type Standing = {
  partnerId: string;
  state: 'suspended' | 'active';
  reason: string;
  since: string;
};

export type AppStanding = {
  appId: string;
  partnerId: string;
  state: 'suspended' | 'active';
  reason: string;
  since: string;
};

export type Key = {
  id: string;
  appId: string;
  hint: string;
  state: 'live' | 'revoked';
  scopes: string[];
  /** Everywhere when empty. */
  addresses: string[];
  createdAt: string;
  expiresAt?: string | undefined;
};

export type NewKey = Key & {
  /** Shown once. */
  secret: string;
};

/** Who is written to when an endpoint has failed for a day, and when it is switched off. */
export type Contact = {
  email: string;
  language?: 'en' | 'de' | undefined;
};

/** `hmac-sha256` (`v1`): with a secret that you know, too. `ed25519` (`v1a`): with a key that never leaves us; you check with its public half. */
export type Signature = 'hmac-sha256' | 'ed25519';

export type PublicKey = {
  /** `whpk_…`. No secret. */
  key: string;
  /** Absent for the newest one. */
  until?: string | undefined;
};

export type Endpoint = {
  id: string;
  appId: string;
  url: string;
  events: string[];
  state: 'active' | 'paused' | 'disabled' | 'removed';
  because?: 'gone' | 'failing' | 'suspended' | undefined;
  failingSince?: string | undefined;
  contact?: Contact | undefined;
  signature?: Signature | undefined;
  /** What an `ed25519` endpoint is checked with, newest first: two for 24 hours after a change. */
  publicKeys?: PublicKey[] | undefined;
  createdAt: string;
};

export type NewEndpoint = Endpoint & {
  /** What signatures are checked with. Shown once; with `ed25519` it is the public key. */
  secret: string;
};

export type NewSecret = {
  /** What signatures are checked with. Shown once; with `ed25519` it is the public key. */
  secret: string;
  otherUntil: string;
};

export type EndpointTrouble = {
  specversion: '1.0';
  id: string;
  type: string;
  source: string;
  subject: string;
  time: string;
  data: EndpointNotice;
};

export type EndpointNotice = {
  endpointId: string;
  partnerId: string;
  because: 'gone' | 'failing';
  failingSince?: string | undefined;
};

export type Delivery = {
  id: string;
  endpointId: string;
  eventId: string;
  eventType: string;
  state: 'pending' | 'delivered' | 'dead';
  /** Its beginning. */
  answer?: string | undefined;
  nextAttemptAt?: string | undefined;
  createdAt: string;
  attempts: {
    at: string;
    status?: number | undefined;
    outcome: string;
    durationMs: number;
  }[];
};

export interface PartnersClient {
  /** See my applications */
  listApps: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    },
    {
      items: App[];
      next: string | null;
    },
    'items'
  >;
  /** Register an application */
  createApp: OperationCall<
    {
      body: {
        name: string;
        scopes: string[];
      };
    },
    App
  >;
  /** See the keys of an application */
  listKeys: OperationCall<
    {
      appId: string;
      /** How many to return. */
      limit?: number | undefined;
    },
    {
      items: Key[];
      next: string | null;
    }
  >;
  /** Make an API key */
  createKey: OperationCall<
    {
      appId: string;
      body?: {
        /** Some of the application's scopes; all of them when left out. */
        scopes?: string[] | undefined;
        /** Addresses or networks it may be used from, like 192.0.2.0/24; everywhere when left out. */
        addresses?: string[] | undefined;
        expiresAt?: string | undefined;
      } | undefined;
    },
    NewKey,
    'partners.too-many-keys' | 'partners.key-refused'
  >;
  /** Revoke a key */
  revokeKey: OperationCall<
    {
      appId: string;
      keyId: string;
    },
    Key
  >;
  /** Say what an application was sold */
  setPlan: OperationCall<
    {
      appId: string;
      body: Plan;
    },
    Plan,
    'partners.plan-refused'
  >;
  /** Shut an application out */
  suspendApp: OperationCall<
    {
      appId: string;
      body: {
        reason: string;
      };
    },
    AppStanding
  >;
  /** Let an application in again */
  resumeApp: OperationCall<
    {
      appId: string;
      body: {
        reason: string;
      };
    },
    AppStanding
  >;
  /** Make a secret for callbacks */
  rotateCallbackSecret: OperationCall<
    {
      appId: string;
    },
    NewSecret
  >;
  /** See my webhook endpoints */
  listEndpoints: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    },
    {
      items: Endpoint[];
      next: string | null;
    },
    'items'
  >;
  /** Add a webhook endpoint */
  createEndpoint: OperationCall<
    {
      body: {
        appId: string;
        url: string;
        events: string[];
        contact?: Contact | undefined;
        signature?: Signature | undefined;
      };
    },
    NewEndpoint,
    'partners.address-refused'
  >;
  /** Remove a webhook endpoint */
  removeEndpoint: OperationCall<
    {
      endpointId: string;
    },
    Endpoint
  >;
  /** Change who is written to about an endpoint */
  setEndpointContact: OperationCall<
    {
      endpointId: string;
      body: {
        /** null: nobody is written to. */
        contact: Contact | null;
      };
    },
    Endpoint
  >;
  /** Send a test event */
  testEndpoint: OperationCall<
    {
      endpointId: string;
    },
    Delivery
  >;
  /** Change the signing secret */
  rotateEndpointSecret: OperationCall<
    {
      endpointId: string;
    },
    NewSecret
  >;
  /** Pause a webhook endpoint */
  pauseEndpoint: OperationCall<
    {
      endpointId: string;
    },
    Endpoint
  >;
  /** Resume a webhook endpoint */
  resumeEndpoint: OperationCall<
    {
      endpointId: string;
    },
    Endpoint
  >;
  /** Send deliveries again */
  replayDeliveries: OperationCall<
    {
      endpointId: string;
      body: {
        state?: 'dead' | 'delivered' | undefined;
        eventType?: string | undefined;
        from?: string | undefined;
        until?: string | undefined;
      };
    },
    {
      count: number;
    }
  >;
  /** See what was delivered */
  listDeliveries: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      endpointId?: string | undefined;
      state?: 'pending' | 'delivered' | 'dead' | undefined;
      eventType?: string | undefined;
      from?: string | undefined;
      until?: string | undefined;
    },
    {
      items: Delivery[];
      next: string | null;
    },
    'items'
  >;
  /** Send a delivery again */
  replayDelivery: OperationCall<
    {
      deliveryId: string;
    },
    Delivery
  >;
  /** Shut a partner out */
  suspendPartner: OperationCall<
    {
      partnerId: string;
      body: {
        reason: string;
      };
    },
    Standing
  >;
  /** Let a partner in again */
  resumePartner: OperationCall<
    {
      partnerId: string;
      body: {
        reason: string;
      };
    },
    Standing
  >;
}

/** The operations as data, for `client.call`. */
export const partnersOperations = {
  listApps: {
    capability: 'partners',
    id: 'listApps',
    method: 'GET',
    path: '/partners/v1/apps',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  createApp: {
    capability: 'partners',
    id: 'createApp',
    method: 'POST',
    path: '/partners/v1/apps',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  listKeys: {
    capability: 'partners',
    id: 'listKeys',
    method: 'GET',
    path: '/partners/v1/apps/{appId}/keys',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'appId', in: 'path', style: 'simple', explode: false },
      { name: 'limit', in: 'query', style: 'form', explode: true },
    ],
  },
  createKey: {
    capability: 'partners',
    id: 'createKey',
    method: 'POST',
    path: '/partners/v1/apps/{appId}/keys',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'appId', in: 'path', style: 'simple', explode: false },
    ],
  },
  revokeKey: {
    capability: 'partners',
    id: 'revokeKey',
    method: 'DELETE',
    path: '/partners/v1/apps/{appId}/keys/{keyId}',
    hasBody: false,
    effect: 'destructive',
    idempotency: 'optional',
    params: [
      { name: 'appId', in: 'path', style: 'simple', explode: false },
      { name: 'keyId', in: 'path', style: 'simple', explode: false },
    ],
  },
  setPlan: {
    capability: 'partners',
    id: 'setPlan',
    method: 'PUT',
    path: '/partners/v1/apps/{appId}/plan',
    hasBody: true,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'appId', in: 'path', style: 'simple', explode: false },
    ],
  },
  suspendApp: {
    capability: 'partners',
    id: 'suspendApp',
    method: 'POST',
    path: '/partners/v1/apps/{appId}/suspensions',
    hasBody: true,
    effect: 'destructive',
    idempotency: 'required',
    params: [
      { name: 'appId', in: 'path', style: 'simple', explode: false },
    ],
  },
  resumeApp: {
    capability: 'partners',
    id: 'resumeApp',
    method: 'POST',
    path: '/partners/v1/apps/{appId}/resumptions',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'appId', in: 'path', style: 'simple', explode: false },
    ],
  },
  rotateCallbackSecret: {
    capability: 'partners',
    id: 'rotateCallbackSecret',
    method: 'POST',
    path: '/partners/v1/apps/{appId}/callback-secrets',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'appId', in: 'path', style: 'simple', explode: false },
    ],
  },
  listEndpoints: {
    capability: 'partners',
    id: 'listEndpoints',
    method: 'GET',
    path: '/partners/v1/webhook-endpoints',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  createEndpoint: {
    capability: 'partners',
    id: 'createEndpoint',
    method: 'POST',
    path: '/partners/v1/webhook-endpoints',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  removeEndpoint: {
    capability: 'partners',
    id: 'removeEndpoint',
    method: 'DELETE',
    path: '/partners/v1/webhook-endpoints/{endpointId}',
    hasBody: false,
    effect: 'destructive',
    idempotency: 'optional',
    params: [
      { name: 'endpointId', in: 'path', style: 'simple', explode: false },
    ],
  },
  setEndpointContact: {
    capability: 'partners',
    id: 'setEndpointContact',
    method: 'PUT',
    path: '/partners/v1/webhook-endpoints/{endpointId}/contact',
    hasBody: true,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'endpointId', in: 'path', style: 'simple', explode: false },
    ],
  },
  testEndpoint: {
    capability: 'partners',
    id: 'testEndpoint',
    method: 'POST',
    path: '/partners/v1/webhook-endpoints/{endpointId}/tests',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'endpointId', in: 'path', style: 'simple', explode: false },
    ],
  },
  rotateEndpointSecret: {
    capability: 'partners',
    id: 'rotateEndpointSecret',
    method: 'POST',
    path: '/partners/v1/webhook-endpoints/{endpointId}/secrets',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'endpointId', in: 'path', style: 'simple', explode: false },
    ],
  },
  pauseEndpoint: {
    capability: 'partners',
    id: 'pauseEndpoint',
    method: 'POST',
    path: '/partners/v1/webhook-endpoints/{endpointId}/pauses',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'endpointId', in: 'path', style: 'simple', explode: false },
    ],
  },
  resumeEndpoint: {
    capability: 'partners',
    id: 'resumeEndpoint',
    method: 'POST',
    path: '/partners/v1/webhook-endpoints/{endpointId}/resumptions',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'endpointId', in: 'path', style: 'simple', explode: false },
    ],
  },
  replayDeliveries: {
    capability: 'partners',
    id: 'replayDeliveries',
    method: 'POST',
    path: '/partners/v1/webhook-endpoints/{endpointId}/replays',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'endpointId', in: 'path', style: 'simple', explode: false },
    ],
  },
  listDeliveries: {
    capability: 'partners',
    id: 'listDeliveries',
    method: 'GET',
    path: '/partners/v1/deliveries',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'endpointId', in: 'query', style: 'form', explode: true },
      { name: 'state', in: 'query', style: 'form', explode: true },
      { name: 'eventType', in: 'query', style: 'form', explode: true },
      { name: 'from', in: 'query', style: 'form', explode: true },
      { name: 'until', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  replayDelivery: {
    capability: 'partners',
    id: 'replayDelivery',
    method: 'POST',
    path: '/partners/v1/deliveries/{deliveryId}/replays',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'deliveryId', in: 'path', style: 'simple', explode: false },
    ],
  },
  suspendPartner: {
    capability: 'partners',
    id: 'suspendPartner',
    method: 'POST',
    path: '/partners/v1/partners/{partnerId}/suspensions',
    hasBody: true,
    effect: 'destructive',
    idempotency: 'required',
    params: [
      { name: 'partnerId', in: 'path', style: 'simple', explode: false },
    ],
  },
  resumePartner: {
    capability: 'partners',
    id: 'resumePartner',
    method: 'POST',
    path: '/partners/v1/partners/{partnerId}/resumptions',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'partnerId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Partners: one function per operation. */
export function createPartners(client: Client): PartnersClient {
  return bindOperations<PartnersClient>(client, partnersOperations);
}
