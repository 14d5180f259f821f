// Contracts of the mock's tests.

import { load } from '../load/load.ts';
import type { Contract, Operation } from '../model/contract.ts';
import type { MockAnswer } from './answer.ts';
import { createMock, type Mock, type MockOptions } from './mock.ts';

export const now = Temporal.Instant.from('2026-11-24T12:00:00Z');

/** A card can be frozen and unfrozen; one capability answers with the card, the other with a task. */
export const cards = `
openapi: 3.1.0
info: { title: Cards, version: 1.0.0 }
servers: [{ url: /cards/v1 }]
x-plinth: { capability: cards, audience: [customer], mock: { count: 3 } }
paths:
  /cards:
    get:
      operationId: listCards
      security: [{ oidc: [cards.read] }]
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: cursor, in: query, schema: { type: string } }
        - { name: state, in: query, schema: { type: string } }
      responses:
        '200':
          description: Mine.
          content:
            application/json:
              schema:
                type: object
                required: [items, next]
                properties:
                  items: { type: array, items: { $ref: '#/components/schemas/Card' } }
                  next: { type: [string, 'null'] }
  /cards/{cardId}:
    get:
      operationId: getCard
      parameters: [{ $ref: '#/components/parameters/cardId' }]
      responses: { '200': { $ref: '#/components/responses/Card' } }
  /cards/{cardId}/freezes:
    post:
      operationId: freezeCard
      x-plinth: { effect: write }
      parameters: [{ $ref: '#/components/parameters/cardId' }]
      requestBody:
        content:
          application/json: { schema: { type: object, properties: { reason: { type: string } } } }
      responses:
        '201':
          description: Frozen.
          content: { application/json: { schema: { $ref: '#/components/schemas/Freeze' } } }
  /cards/{cardId}/unfreezes:
    post:
      operationId: unfreezeCard
      x-plinth: { effect: write }
      parameters: [{ $ref: '#/components/parameters/cardId' }]
      responses: { '201': { $ref: '#/components/responses/Card' } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } }
  parameters:
    cardId: { name: cardId, in: path, required: true, schema: { type: string } }
  responses:
    Card:
      description: The card.
      content: { application/json: { schema: { $ref: '#/components/schemas/Card' } } }
  schemas:
    Card:
      type: object
      x-plinth:
        states:
          property: state
          initial: active
          final: []
          moves:
            - { name: freeze, from: [active], to: frozen, by: freezeCard }
            - { name: unfreeze, from: [frozen], to: active, by: unfreezeCard }
            - { name: thaw, from: [frozen], to: active, by: timer, afterS: 86400 }
      required: [id, customerId, label, last4, state]
      properties:
        id: { type: string, examples: [crd_06f4tsg0003c5a8j1kq2h9xw7d] }
        customerId: { type: string }
        label: { type: string, examples: [Everyday card, Travel card] }
        last4: { type: string, pattern: '^[0-9]{4}$' }
        state: { type: string, enum: [active, frozen] }
    Freeze:
      type: object
      required: [id, cardId, state, createdAt]
      properties:
        id: { type: string }
        cardId: { type: string }
        state: { type: string, enum: [running, done, failed] }
        reason: { type: string }
        createdAt: { type: string, format: date-time }
`;

/** A foreign contract: an envelope around items, another around lists, and nothing declared beyond HTTP. */
export const notes = `
openapi: 3.0.3
info: { title: Notes, version: 2.0.0 }
paths:
  /notes:
    get:
      operationId: findNotes
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: offset, in: query, schema: { type: integer } }
        - { name: colour, in: query, schema: { type: string } }
        - { name: minPages, in: query, schema: { type: integer } }
        - { name: sort, in: query, schema: { type: string } }
      responses:
        '200':
          description: Some.
          content:
            application/json:
              schema:
                type: object
                required: [notes, count, offset, limit]
                properties:
                  notes: { type: array, items: { $ref: '#/components/schemas/Note' } }
                  count: { type: integer }
                  offset: { type: integer }
                  limit: { type: integer }
    post:
      operationId: addNote
      requestBody:
        content: { application/json: { schema: { $ref: '#/components/schemas/NewNote' } } }
      responses: { '201': { $ref: '#/components/responses/Note' } }
  /notes/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string, format: uuid } }]
    get: { operationId: readNote, responses: { '200': { $ref: '#/components/responses/Note' }, '404': { description: None. } } }
    put:
      operationId: putNote
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/NewNote' } } } }
      responses: { '200': { $ref: '#/components/responses/Note' } }
    patch:
      operationId: changeNote
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/NewNote' } } } }
      responses: { '200': { $ref: '#/components/responses/Note' } }
    delete: { operationId: dropNote, responses: { '204': { description: Gone. } } }
  /notes/{id}/archive:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    post: { operationId: archiveNote, responses: { '200': { $ref: '#/components/responses/Note' } } }
  /notes/{id}/audio:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: hearNote
      responses: { '200': { description: Sound., content: { audio/mpeg: { schema: { type: string, format: binary } } } } }
  /people/{login}:
    get:
      operationId: readPerson
      parameters: [{ name: login, in: path, required: true, schema: { type: string } }]
      responses:
        '200':
          description: Somebody.
          content:
            application/json:
              schema:
                type: object
                required: [login, name]
                properties: { login: { type: string }, name: { type: string } }
  /impossible:
    get:
      operationId: readImpossible
      responses:
        '200':
          description: Cannot be.
          content: { application/json: { schema: { type: object, required: [x], properties: { x: { type: string, minLength: 3, maxLength: 2 } } } } }
components:
  responses:
    Note:
      description: One.
      content:
        application/json:
          schema: { type: object, required: [note], properties: { note: { $ref: '#/components/schemas/Note' } } }
  schemas:
    NewNote:
      type: object
      properties: { title: { type: string }, colour: { type: string }, pages: { type: integer }, pin: { type: string, writeOnly: true } }
    Note:
      type: object
      required: [id, title, status, createdAt, updatedAt]
      properties:
        id: { type: string, format: uuid }
        title: { type: string }
        colour: { type: string, enum: [white, green] }
        pages: { type: integer }
        pin: { type: string, writeOnly: true }
        status: { type: string, enum: [draft, archived] }
        createdAt: { type: string, format: date-time }
        updatedAt: { type: string, format: date-time }
`;

export interface Asked {
  contract: Contract;
  mock: Mock;
  /** Calls an operation as `owner`, at `now` unless told otherwise. */
  ask: (
    operation: string,
    input?: Record<string, unknown>,
    by?: { owner?: string; at?: Temporal.Instant; prefer?: string },
  ) => MockAnswer;
}

export async function mockOf(text: string, options: MockOptions = { seed: 1 }): Promise<Asked> {
  const { contract, findings } = await load('contract.yaml', { read: () => Promise.resolve(text) });
  if (!contract) throw new Error(JSON.stringify(findings));
  const mock = createMock(contract, options);
  return {
    contract,
    mock,
    ask(id, input = {}, { owner, at = now, prefer } = {}) {
      const operation = contract.operations.find((entry) => entry.id === id) as Operation;
      return mock.answer({ operation, input, owner, now: at, prefer });
    },
  };
}
