// Parts of a message. The same plan is shown by every channel; texts are plain, nothing is markup.

import type { JsonObject, JsonValue } from '@plinth/contract';

export interface LabelledValue {
  label: string;
  value: string;
  kind?: string;
}

export interface Choice {
  label: string;
  /** What pressing it sends back. */
  value: string;
}

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'status'; text: string }
  | {
      kind: 'card';
      title: string;
      state?: string;
      stateLabel?: string;
      fields: LabelledValue[];
      operation?: string;
      id?: string;
    }
  | {
      kind: 'list';
      title: string;
      items: { title: string; state?: string; stateLabel?: string; fields: LabelledValue[]; id?: string }[];
      more: boolean;
    }
  | { kind: 'choices'; choices: Choice[] }
  | {
      kind: 'confirm';
      confirmationId: string;
      title: string;
      readback: LabelledValue[];
      accept: string;
      decline: string;
    }
  | { kind: 'link'; href: string; label: string }
  | { kind: 'handover'; text: string }
  | { kind: 'offer'; decisionId: string; item: JsonObject };

export function text(value: string): Part {
  return { kind: 'text', text: value };
}

export function choices(list: readonly Choice[]): Part[] {
  return list.length === 0
    ? []
    : [
        {
          kind: 'choices',
          choices: list.slice(0, 12).map(({ label, value }) => ({ label: label.slice(0, 80), value })),
        },
      ];
}

/** What the parts say, for transcripts, previews and channels without pictures. */
export function plainText(parts: readonly { kind: string; [key: string]: unknown }[]): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case 'text':
        case 'status':
        case 'handover':
          return str(part['text']);
        case 'card':
          return [str(part['title']), ...rows(part['fields'])].join(' · ');
        case 'list':
          return (Array.isArray(part['items']) ? part['items'] : [])
            .map((item: JsonObject) => str(item['title']))
            .join(', ');
        case 'choices':
          return `[${(Array.isArray(part['choices']) ? part['choices'] : []).map((choice: JsonObject) => str(choice['label'])).join(' | ')}]`;
        case 'confirm':
          return [str(part['title']), ...rows(part['readback'])].join(' · ');
        case 'link':
          return str(part['label']);
        default:
          return '';
      }
    })
    .filter((line) => line !== '')
    .join('\n');
}

function rows(value: unknown): string[] {
  return Array.isArray(value) ? (value as JsonObject[]).map((row) => `${str(row['label'])}: ${str(row['value'])}`) : [];
}

function str(value: JsonValue | unknown): string {
  return typeof value === 'string' ? value : '';
}
