// What is remembered between turns: plain JSON, at most 32 KiB, versioned.

import type { JsonObject, JsonValue } from '@plinth/contract';
import type { Choice, LabelledValue, Part } from './reply.ts';

export const longestState = 32_768;
const mostShown = 6;

/** A thing that was shown or found. */
export interface Entity {
  /** `order`. */
  resource: string;
  id: string | number;
  /** What people call it. */
  label: string;
  facts: LabelledValue[];
}

export interface FilledSlot {
  value: JsonValue;
  label: string;
  facts?: LabelledValue[];
  /** Filled without being asked or said: not read back. */
  silent?: boolean;
}

export interface Frame {
  /** `orders.cancelOrder`. */
  skill: string;
  slots: Record<string, FilledSlot>;
  status: 'filling' | 'looking' | 'reading' | 'readback' | 'calling';
  /** Slot that was asked for, or `?` for "which of them". */
  asking?: string;
  /** What the asked slot may be. */
  candidates?: Entity[];
  /** The exact call that was read back. */
  pending?: { input: JsonObject; key: string; confirmationId: string };
  /** What was said when it began; lookups look for names in it. */
  said: string;
  /** Words captured by `{slot}` marks. */
  captured: Record<string, string>;
  retries: number;
  /** The thing shown before was refused: find another. */
  lookAgain?: boolean;
}

export interface DialogueState {
  v: 1;
  /** Last is on top; at most 5. */
  frames: Frame[];
  /** Latest first. */
  shown: Entity[];
  /** Turns in a row that were not understood. */
  failed: number;
  /** A question that a bare "yes" answers. */
  offered?: 'handover';
  /** Buttons of the last message. */
  choices: Choice[];
  /** Confirmation that was used last and what came of it: sent twice, it is answered, not done, again. */
  used?: { confirmationId: string; text: string };
  /** Id of the thing the page showed when the conversation began. */
  about?: string;
}

export interface TurnInput {
  text?: string | undefined;
  choice?: string | undefined;
  values?: Readonly<Record<string, unknown>> | undefined;
  confirmation?: { id: string; accept: boolean } | undefined;
}

export interface Environment {
  /** RFC 3339. */
  now: string;
  /** Address of an operation's form, for what software may not do. */
  formHref?: (operation: string) => string;
}

export type Effect =
  | { kind: 'lookup'; operation: string; input: JsonObject }
  | { kind: 'call'; operation: string; input: JsonObject }
  /** Ask the edge for a confirmation of exactly this call. */
  | { kind: 'readBack'; operation: string; input: JsonObject }
  /** Confirm the record, then make exactly the call that was read back, with its key. */
  | { kind: 'confirm'; operation: string; input: JsonObject; key: string; confirmationId: string }
  /** Needs no outcome. */
  | { kind: 'void'; confirmationId: string }
  | { kind: 'handover'; reason: string };

export type Outcome =
  | { kind: 'answered'; status: number; body: unknown }
  | { kind: 'readBack'; confirmationId: string; key: string; text: string }
  /** Confirming failed: expired, void or somebody else's. */
  | { kind: 'expired' };

export interface TurnResult {
  state: DialogueState;
  /** At most one of them needs an outcome, and it is the last. */
  effects: Effect[];
  parts: Part[];
  /** Operation that ended well in this step; a good moment for an offer. */
  finished?: string;
}

export function newState(about?: string): DialogueState {
  return { v: 1, frames: [], shown: [], failed: 0, choices: [], ...(about === undefined ? {} : { about }) };
}

/** State from storage; anything that is not ours begins anew. */
export function readState(value: unknown): DialogueState {
  const state = value as Partial<DialogueState> | null;
  if (typeof state !== 'object' || state === null || state.v !== 1 || !Array.isArray(state.frames)) return newState();
  return structuredClone(state) as DialogueState;
}

export function remember(state: DialogueState, entity: Entity): void {
  state.shown = [
    entity,
    ...state.shown.filter(({ id, resource }) => id !== entity.id || resource !== entity.resource),
  ].slice(0, mostShown);
}

/** Drops what can be found again until the state fits. */
export function bounded(state: DialogueState): DialogueState {
  state.frames = state.frames.slice(-5);
  if (JSON.stringify(state).length <= longestState) return state;
  for (const frame of state.frames) delete frame.candidates;
  state.shown = state.shown.slice(0, 2);
  if (JSON.stringify(state).length <= longestState) return state;
  return newState(state.about);
}
