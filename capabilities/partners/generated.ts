// Made from contract.yaml, events.yaml and problems.yaml of Partners. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

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

/** Operations of this capability: input and declared answers. */
export interface PartnersOperations {
  /** See my applications */
  'partners.listApps': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    };
    reply: Reply<200, {
      items: App[];
      next: string | null;
    }>;
  };
  /** Register an application */
  'partners.createApp': {
    input: {
      body: {
        name: string;
        scopes: string[];
      };
    };
    reply: Reply<201, App>;
  };
  /** See the keys of an application */
  'partners.listKeys': {
    input: {
      appId: string;
      /** How many to return. */
      limit?: number | undefined;
    };
    reply: Reply<200, {
      items: Key[];
      next: string | null;
    }>;
  };
  /** Make an API key */
  'partners.createKey': {
    input: {
      appId: string;
      body?: {
        /** Some of the application's scopes; all of them when left out. */
        scopes?: string[] | undefined;
        /** Addresses or networks it may be used from, like 192.0.2.0/24; everywhere when left out. */
        addresses?: string[] | undefined;
        expiresAt?: string | undefined;
      } | undefined;
    };
    reply: Reply<201, NewKey>;
  };
  /** Revoke a key */
  'partners.revokeKey': {
    input: {
      appId: string;
      keyId: string;
    };
    reply: Reply<200, Key>;
  };
  /** Say what an application was sold */
  'partners.setPlan': {
    input: {
      appId: string;
      body: Plan;
    };
    reply: Reply<200, Plan>;
  };
  /** Shut an application out */
  'partners.suspendApp': {
    input: {
      appId: string;
      body: {
        reason: string;
      };
    };
    reply: Reply<201, AppStanding>;
  };
  /** Let an application in again */
  'partners.resumeApp': {
    input: {
      appId: string;
      body: {
        reason: string;
      };
    };
    reply: Reply<201, AppStanding>;
  };
  /** Make a secret for callbacks */
  'partners.rotateCallbackSecret': {
    input: {
      appId: string;
    };
    reply: Reply<201, NewSecret>;
  };
  /** See my webhook endpoints */
  'partners.listEndpoints': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    };
    reply: Reply<200, {
      items: Endpoint[];
      next: string | null;
    }>;
  };
  /** Add a webhook endpoint */
  'partners.createEndpoint': {
    input: {
      body: {
        appId: string;
        url: string;
        events: string[];
        contact?: Contact | undefined;
        signature?: Signature | undefined;
      };
    };
    reply: Reply<201, NewEndpoint>;
  };
  /** Remove a webhook endpoint */
  'partners.removeEndpoint': {
    input: {
      endpointId: string;
    };
    reply: Reply<200, Endpoint>;
  };
  /** Change who is written to about an endpoint */
  'partners.setEndpointContact': {
    input: {
      endpointId: string;
      body: {
        /** null: nobody is written to. */
        contact: Contact | null;
      };
    };
    reply: Reply<200, Endpoint>;
  };
  /** Send a test event */
  'partners.testEndpoint': {
    input: {
      endpointId: string;
    };
    reply: Reply<201, Delivery>;
  };
  /** Change the signing secret */
  'partners.rotateEndpointSecret': {
    input: {
      endpointId: string;
    };
    reply: Reply<201, NewSecret>;
  };
  /** Pause a webhook endpoint */
  'partners.pauseEndpoint': {
    input: {
      endpointId: string;
    };
    reply: Reply<201, Endpoint>;
  };
  /** Resume a webhook endpoint */
  'partners.resumeEndpoint': {
    input: {
      endpointId: string;
    };
    reply: Reply<201, Endpoint>;
  };
  /** Send deliveries again */
  'partners.replayDeliveries': {
    input: {
      endpointId: string;
      body: {
        state?: 'dead' | 'delivered' | undefined;
        eventType?: string | undefined;
        from?: string | undefined;
        until?: string | undefined;
      };
    };
    reply: Reply<201, {
      count: number;
    }>;
  };
  /** See what was delivered */
  'partners.listDeliveries': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      endpointId?: string | undefined;
      state?: 'pending' | 'delivered' | 'dead' | undefined;
      eventType?: string | undefined;
      from?: string | undefined;
      until?: string | undefined;
    };
    reply: Reply<200, {
      items: Delivery[];
      next: string | null;
    }>;
  };
  /** Send a delivery again */
  'partners.replayDelivery': {
    input: {
      deliveryId: string;
    };
    reply: Reply<201, Delivery>;
  };
  /** Shut a partner out */
  'partners.suspendPartner': {
    input: {
      partnerId: string;
      body: {
        reason: string;
      };
    };
    reply: Reply<201, Standing>;
  };
  /** Let a partner in again */
  'partners.resumePartner': {
    input: {
      partnerId: string;
      body: {
        reason: string;
      };
    };
    reply: Reply<201, Standing>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface PartnersEvents {
  /** A partner registered an application. */
  'app.created': App;
  /** An application was shut out. */
  'app.suspended': AppStanding;
  /** An application was let in again. */
  'app.resumed': AppStanding;
  /** A key was made. */
  'key.created': {
    keyId: string;
    appId: string;
    partnerId: string;
  };
  /** A key was revoked. */
  'key.revoked': {
    keyId: string;
    appId: string;
    partnerId: string;
  };
  /** A partner was shut out. */
  'partner.suspended': Standing;
  /** A partner was let in again. */
  'partner.resumed': Standing;
  /** A webhook endpoint was added. */
  'endpoint.created': {
    endpointId: string;
    partnerId: string;
  };
  /** Nothing but failures came from a webhook endpoint for a day. */
  'endpoint.failing': EndpointNotice;
  /** A webhook endpoint was switched off: it said that it is gone, or failed for five days. */
  'endpoint.disabled': EndpointNotice;
}

/** Problems this capability may answer. */
export interface PartnersProblems {
  /** 409: Two keys are live already */
  'partners.too-many-keys': true;
  /** 422: We cannot deliver to that address */
  'partners.address-refused': true;
  /** 422: Such a key cannot be made */
  'partners.key-refused': true;
  /** 422: Such a plan cannot be sold */
  'partners.plan-refused': true;
}

declare module '@plinth/runtime' {
  interface Operations extends PartnersOperations {}
  interface Events extends PartnersEvents {}
  interface Problems extends PartnersProblems {}
}
