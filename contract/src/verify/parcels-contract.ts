// The contract of the hand-written service of the tests, who calls it, and the ways in which it can be wrong.

import type { Principal } from './exchange.ts';

export const parcelsYaml = `
openapi: 3.1.0
info: { title: Parcels, version: 1.0.0 }
servers: [{ url: /parcels/v1 }]
x-plinth: { capability: parcels, audience: [customer, staff] }
paths:
  /parcels:
    get:
      operationId: listParcels
      security: [{ token: [parcels.read] }]
      x-plinth: { ownerCheck: { object: parcel, list: true } }
      parameters:
        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100, default: 25 } }
        - { name: cursor, in: query, schema: { type: string } }
        - { name: kind, in: query, schema: { type: string, enum: [letter, box, express] } }
      responses:
        '200': { description: Mine., content: { application/json: { schema: { type: object, required: [items, next], properties: { items: { type: array, items: { $ref: '#/components/schemas/Parcel' } }, next: { type: [string, 'null'] } } } } } }
    post:
      operationId: createParcel
      security: [{ token: [parcels.write] }]
      x-plinth: { effect: write, idempotency: required, timeoutMs: 2000, emits: [parcel.created] }
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: '#/components/schemas/NewParcel' }, examples: { book: { value: { label: A book, weight: 400, kind: letter } } } } }
      responses:
        '201': { description: Made., headers: { Location: { required: true, schema: { type: string } } }, content: { application/json: { schema: { $ref: '#/components/schemas/Parcel' } } } }
  /parcels/{parcelId}:
    parameters: [{ name: parcelId, in: path, required: true, schema: { type: string, pattern: '^par_[0-9]+$' } }]
    get:
      operationId: getParcel
      security: [{ token: [parcels.read] }]
      x-plinth: { ownerCheck: { object: parcel, id: path.parcelId } }
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Parcel' } } } } }
    patch:
      operationId: changeParcel
      security: [{ token: [parcels.write] }]
      x-plinth: { effect: write, emits: [{ event: parcel.changed, when: '200' }], ownerCheck: { object: parcel, id: path.parcelId } }
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, additionalProperties: false, minProperties: 1, properties: { label: { $ref: '#/components/schemas/Label' }, note: { type: [string, 'null'], maxLength: 20 } } } } }
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Parcel' } } } } }
    delete:
      operationId: removeParcel
      security: [{ token: [parcels.write] }]
      x-plinth: { precondition: optional, idempotency: none, emits: [parcel.removed], ownerCheck: { object: parcel, id: path.parcelId } }
      responses: { '204': { description: Gone. } }
  /parcels/{parcelId}/dispatches:
    parameters: [{ name: parcelId, in: path, required: true, schema: { type: string, pattern: '^par_[0-9]+$' } }]
    post:
      operationId: sendParcel
      security: [{ token: [parcels.write] }]
      x-plinth: { effect: write, idempotency: none, emits: [parcel.sent], ownerCheck: { object: parcel, id: path.parcelId } }
      responses: { '200': { description: Sent., content: { application/json: { schema: { $ref: '#/components/schemas/Parcel' } } } } }
  /parcels/{parcelId}/deliveries:
    parameters: [{ name: parcelId, in: path, required: true, schema: { type: string, pattern: '^par_[0-9]+$' } }]
    post:
      operationId: deliverParcel
      security: [{ token: [parcels.write] }]
      x-plinth: { effect: write, idempotency: none, ownerCheck: { object: parcel, id: path.parcelId } }
      responses: { '200': { description: Delivered., content: { application/json: { schema: { $ref: '#/components/schemas/Parcel' } } } } }
  /reports:
    post:
      operationId: startReport
      security: [{ token: [parcels.read] }]
      x-plinth: { effect: write, idempotency: none }
      responses: { '202': { description: Under way. } }
  /reports/{reportId}:
    get:
      operationId: getReport
      security: [{ token: [parcels.read] }]
      parameters: [{ name: reportId, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: It., content: { application/json: { schema: { type: object, required: [done], properties: { done: { type: boolean } } } } } } }
components:
  securitySchemes: { token: { type: http, scheme: bearer } }
  schemas:
    Label: { type: string, minLength: 1, maxLength: 40 }
    NewParcel:
      type: object
      additionalProperties: false
      required: [label, weight, kind]
      properties:
        label: { $ref: '#/components/schemas/Label' }
        weight: { type: integer, minimum: 1, maximum: 30000 }
        kind: { type: string, enum: [letter, box, express] }
        note: { type: [string, 'null'], maxLength: 20 }
        pin: { type: string, writeOnly: true, pattern: '^[0-9]{6}$' }
    Parcel:
      type: object
      required: [id, label, weight, kind, state, tracking]
      x-plinth: { states: { property: state, initial: draft, final: [delivered], moves: [{ name: send, from: [draft], to: sent, by: sendParcel }, { name: deliver, from: [sent], to: delivered, by: deliverParcel }] } }
      properties:
        id: { type: string, readOnly: true }
        label: { $ref: '#/components/schemas/Label' }
        weight: { type: integer, minimum: 1, maximum: 30000 }
        kind: { type: string, enum: [letter, box, express] }
        note: { type: [string, 'null'], maxLength: 20 }
        state: { type: string, enum: [draft, sent, delivered] }
        tracking: { type: string, readOnly: true }
        cost: { type: integer, x-plinth: { scopes: [parcels.costs] } }
`;

/** Ways to be wrong, and the check that must say so. */
export const bugs = {
  'tells nobody of a new parcel': 'event-missing',
  'tells nobody of a parcel that was sent': 'event-missing',
  'tells nobody of a changed parcel': 'event-missing',
  'tells nobody of a removed parcel': 'event-missing',
  'fails on a null note': 'server-error',
  'answers 207 to a delivery': 'undeclared-status',
  'answers a read as plain text': 'undeclared-media',
  'writes the weight as text in lists': 'response-schema',
  'forgets Location': 'response-headers',
  'refuses the greatest weight': 'valid-refused',
  'refuses a kind it declares': 'valid-refused',
  'takes a label that is too long': 'invalid-accepted',
  'takes properties nobody declared': 'invalid-accepted',
  'answers methods nobody declared': 'invalid-accepted',
  'gives problems another status': 'problem-shape',
  'believes any token': 'auth-ignored',
  'believes expired tokens': 'auth-ignored',
  'does not look at scopes': 'scope-ignored',
  "shows others' parcels": 'object-leak',
  "lists others' parcels": 'object-leak',
  'shows costs to everybody': 'property-leak',
  'lets callers choose the tracking number': 'mass-assignment',
  'forgets a changed label': 'read-after-write',
  'loses reports': 'read-after-write',
  'does not list express parcels': 'list-contains',
  'keeps what was removed': 'use-after-remove',
  'delivers what was not sent': 'illegal-move',
  'ignores If-Match': 'lost-update',
  'does not ask for If-Match': 'lost-update',
  'does not know repeated keys': 'idempotency-broken',
  'takes a key for two wishes': 'idempotency-broken',
  'loses the race for a key': 'idempotency-broken',
  'does without a key': 'idempotency-broken',
  'skips a parcel between pages': 'paging-broken',
  'repeats a parcel on the next page': 'paging-broken',
  'lets shared caches keep answers': 'cache-leak',
  'says the PIN again': 'secret-echo',
  'takes its time': 'slow',
} as const;

export type Bug = keyof typeof bugs;

export const parcelPrincipals: readonly Principal[] = [
  {
    name: 'ada',
    audience: 'customer',
    scopes: ['parcels.read', 'parcels.write'],
    headers: { authorization: 'Bearer ada' },
  },
  {
    name: 'ben',
    audience: 'customer',
    scopes: ['parcels.read', 'parcels.write'],
    headers: { authorization: 'Bearer ben' },
  },
  { name: 'reader', audience: 'customer', scopes: ['parcels.read'], headers: { authorization: 'Bearer reader' } },
  {
    name: 'old',
    audience: 'customer',
    scopes: ['parcels.read', 'parcels.write'],
    headers: { authorization: 'Bearer old' },
    expired: true,
  },
];
