// Parts of a message, read tolerantly: a part this channel does not know is shown by its text or left out.

import { isMoney, type WireMoney } from '../format/money.ts';

export interface ChatPart {
  readonly kind: string;
  readonly [member: string]: unknown;
}

export interface ChatMessage {
  readonly id: string;
  readonly sequence: number;
  readonly author: 'customer' | 'assistant' | 'staff' | 'system';
  readonly name?: string | undefined;
  readonly parts: readonly ChatPart[];
  readonly at: string;
}

/** What a person says back: one of these. */
export interface ChatTurn {
  readonly text?: string;
  readonly choice?: string;
  readonly values?: Record<string, unknown>;
  readonly confirmation?: { id: string; accept: boolean };
}

export interface Fact {
  readonly label: string;
  readonly value: string | number | WireMoney;
}

/** `[{label, value}]`, `['Order 1042']` or `{ label: value }` as facts. */
export function factsOf(value: unknown): Fact[] {
  if (Array.isArray(value)) return value.flatMap(factOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([label, inner]) => ({ label, value: plain(inner) }));
}

function factOf(entry: unknown): Fact[] {
  if (typeof entry === 'string') return [{ label: '', value: entry }];
  if (typeof entry !== 'object' || entry === null) return [];
  const { label, name, title, value, text } = entry as Record<string, unknown>;
  return [{ label: textOf(label ?? title ?? name), value: plain(value ?? text) }];
}

export function choicesOf(part: ChatPart): { value: string; label: string }[] {
  if (!Array.isArray(part['choices'])) return [];
  return (part['choices'] as unknown[]).flatMap((choice) => {
    if (typeof choice === 'string') return [{ value: choice, label: choice }];
    if (typeof choice !== 'object' || choice === null) return [];
    const { value, label, title } = choice as Record<string, unknown>;
    return [{ value: textOf(value ?? label), label: textOf(label ?? title ?? value) }];
  });
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** All of a message in words, for the transcript and the live region. */
export function spoken(message: ChatMessage): string {
  return message.parts.map(spokenPart).filter(Boolean).join('. ');
}

function spokenPart(part: ChatPart): string {
  const facts = factsOf(part['fields'] ?? part['readback']).map(
    (fact) => `${fact.label} ${isMoney(fact.value) ? `${fact.value.amount / 100} ${fact.value.currency}` : fact.value}`,
  );
  const choices = choicesOf(part).map((choice) => choice.label);
  return [textOf(part['title']), textOf(part['text']), textOf(part['label']), ...facts, ...choices]
    .filter(Boolean)
    .join(', ');
}

function plain(value: unknown): string | number | WireMoney {
  if (isMoney(value) || typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (Array.isArray(value)) return value.map(plain).map(String).join(', ');
  return value === null || value === undefined ? '' : JSON.stringify(value);
}
