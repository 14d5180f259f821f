// The `x-plinth` vocabulary as types: what OpenAPI cannot say. Keys and meanings: docs/reference/x-plinth.md.
// A key stands here when a part that honours it exists; anything else is a lint error (`x-unknown-key`).

import type { States } from './contract.ts';

export type Audience = 'customer' | 'staff' | 'agent' | 'partner' | 'device' | 'service';
export type Channel = 'web' | 'mobile' | 'chat' | 'kiosk' | 'desk' | 'partner' | 'mcp';
export type Effect = 'read' | 'write' | 'destructive';
export type Stage = 'draft' | 'preview' | 'stable' | 'deprecated' | 'retired';
export type Criticality = 'critical-plus' | 'critical' | 'sheddable-plus' | 'sheddable';

/** Document policy laid under operation policy, defaults filled in by the loader. */
export interface Policy {
  capability?: string;
  owner?: { team: string; contact: string };
  stage: Stage;
  deprecation?: Deprecation;
  /** Properties and query parameters the contract neither names nor forbids. Own: refuse; foreign: drop. */
  unknown: 'refuse' | 'drop' | 'pass';
  /** Who may call. Own default `[service]`; foreign: all. */
  audience: Audience[];
  /** Where it may be offered. Undefined = everywhere. */
  channel?: Channel[];
  /** Undefined only for an own write that does not declare it (refused by the compiler). */
  effect?: Effect;
  criticality: Criticality;
  idempotency: { mode: 'required' | 'optional' | 'none'; retainS: number };
  precondition: 'required' | 'optional' | 'none';
  limits: Limit[];
  /** Lowers the edge's own limits, never raises them. */
  size?: { bodyBytes?: number };
  /** Files of its form are streamed to the store, and its handler is told where; else it is given their bytes. */
  files?: 'stored';
  timeoutMs: number;
  cache?: CachePolicy;
  /** Undefined: it is always answered in the request. */
  async?: AsyncWork;
  paging?: { style: 'cursor'; items: string; next: string; max: number };
  resource?: { name: string; action: string; id?: string; parent?: string };
  states?: States;
  emits: EmittedEvent[];
  /** This read can be watched over `/live`. */
  live?: { events: string[] };
  signal?: { type: string; data?: Record<string, string>; purpose?: string };
  skill?: Skill;
  ownerCheck: OwnerCheck[];
  purpose: string[];
  /** Of a webhook: the event it carries. */
  delivery?: WebhookDelivery;
  /** Of an operation that others send messages to. */
  webhookIn?: WebhookIn;
  /** The sign-in must be of this class, and at most this old; at least one of both. */
  stepUp?: { acr?: string; maxAgeS?: number };
  /** Codes of problems.yaml. */
  problems: string[];
  mock?: { count?: number; latencyMs?: [number, number] };
}

/** An operation on its way out. Days as `2026-07-01`, at midnight UTC. */
export interface Deprecation {
  since: string;
  sunset: string;
  /** operationId of what follows. */
  successor?: string;
  reason?: string;
}

export interface Limit {
  name: string;
  per: 'principal' | 'application' | 'customer' | 'address';
  quota: number;
  windowS: number;
  /** How many of the quota one call counts; 1 when absent. Operations of a contract that name the same limit share it. */
  cost?: number;
}

/** How long an answer may be given again, to whom, and what ends it earlier. */
export interface CachePolicy {
  /** Seconds an answer is fresh. Undefined = nothing is kept: a write that only purges. */
  ttlS?: number;
  /** `private`: one entry per caller. `public`: one for everybody, so nobody may be asked who they are. */
  scope: 'private' | 'public';
  /** Header fields the answer depends on, in lower case. */
  vary: string[];
  /** Names by which writes end entries: `offerings`, `account:{path.accountId}`. */
  tags: string[];
  /** Tags that a write ends: also `{body#/accountId}` and `{response.body#/id}`. */
  purges: string[];
  /** Seconds beyond `ttlS`; 0 = not at all. */
  stale: { whileRevalidateS: number; ifErrorS: number };
}

/** Work that may go on after a 202, as a job. */
export interface AsyncWork {
  /** `allowed`: only when the caller prefers it, or `afterMs` is given. */
  mode: 'always' | 'allowed';
  /** What the answer is waited for before 202 when the caller prefers nothing; at most 30,000. */
  afterMs?: number;
  /** Seconds the job can be read after its end. */
  retainS: number;
  /** False: the work is never stopped. */
  cancel: boolean;
  /** True: what the handler says of its progress is shown. */
  progress: boolean;
}

export interface EmittedEvent {
  event: string;
  when?: string;
}

/** Which event a webhook carries, and how it is sent. */
export interface WebhookDelivery {
  event: string;
  /** `subject` or `data#/pointer`: later events with the same value wait for the one before. Undefined = no order. */
  orderBy?: string;
  /** Seconds after the first attempt within which others may follow. Undefined = the whole schedule. */
  retryForS?: number;
}

/** How a message of another system is believed. */
export interface WebhookIn {
  /** `standard`: Standard Webhooks 1.0, over id, time and bytes. `adyen`: a signature in each item, over eight of its fields. */
  scheme: 'standard' | 'adyen';
  /** Name under which the configuration holds the secrets. */
  secretRef: string;
  /** Seconds a message's time may be off (300). Only of `standard`: Adyen signs no time. */
  toleranceS?: number;
}

/** `id` is short for the request (`path.orderId`, `query.x`, `body#/x`); `list` filters whole lists. */
export interface OwnerCheck {
  object: string;
  id?: string;
  list?: boolean;
  relation: string[];
  deny: 404 | 403;
}

/** How chat and MCP offer an operation. All parts optional; without phrases it is only suggested. */
export interface Skill {
  phrases?: string[];
  negatives?: string[];
  confirm?: 'never' | 'readback' | 'url';
  ask?: Record<string, string>;
  /** Look a value up among the caller's own things. */
  from?: Record<string, { operation: string; items?: string; value: string; label: string }>;
  say?: { done?: string; empty?: string; card?: string[]; list?: string[]; readback?: string[] };
  /** False: no MCP tool. */
  tool?: boolean;
}
