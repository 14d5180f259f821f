import { UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Schema } from '../contracts/schema.ts';
import { cx } from '../cx.ts';
import { SchemaForm } from '../form/schema-form.tsx';
import { Button } from '../primitives/button.tsx';
import { linkClass } from '../primitives/link.tsx';
import { NextBestAction, type Suggestion } from '../product/next-best-action.tsx';
import { StateBadge } from '../product/state.tsx';
import { FactList } from './facts.tsx';
import { type ChatPart, type ChatTurn, choicesOf, factsOf, textOf } from './parts.ts';

export interface PartProps {
  part: ChatPart;
  /** False for all but the latest message: what was asked there is over. */
  isOpen: boolean;
  isBusy: boolean;
  onTurn: (turn: ChatTurn) => void;
  /** Sends a form's values; rejects with the problem. */
  onValues: (values: Record<string, unknown>) => Promise<void>;
  onOutcome?:
    | ((decisionId: string, item: Record<string, unknown>, kind: 'accepted' | 'refused' | 'never') => void)
    | undefined;
}

const card = 'rounded-card border border-subtle bg-panel p-16';

/** One part, one renderer. What this channel does not know is shown by its text. */
export function MessagePart(props: PartProps): ReactNode {
  const { part } = props;
  switch (part.kind) {
    case 'card':
      return <CardPart part={part} />;
    case 'list':
      return <ListPart part={part} />;
    case 'choices':
      return <ChoicesPart {...props} />;
    case 'form':
      return <FormPart {...props} />;
    case 'confirm':
      return <ReadBack {...props} />;
    case 'link':
      return (
        <a href={textOf(part['href'])} className={linkClass}>
          {textOf(part['label']) || textOf(part['href'])}
        </a>
      );
    case 'status':
    case 'handover':
      return (
        <p className="flex items-center gap-8 self-center py-4 text-14 text-muted">
          <UserRound size={16} strokeWidth={1.5} aria-hidden />
          {textOf(part['text']) || textOf(part['title'])}
        </p>
      );
    case 'offer':
      return <OfferPart {...props} />;
    default:
      return <p className="whitespace-pre-line">{textOf(part['text'])}</p>;
  }
}

function CardPart({ part }: { part: ChatPart }) {
  return (
    <div className={card}>
      <div className="flex flex-wrap items-center justify-between gap-8">
        <span className="font-semibold">{textOf(part['title'])}</span>
        {typeof part['state'] === 'string' && (
          <StateBadge state={part['state']} label={textOf(part['stateLabel']) || undefined} />
        )}
      </div>
      {textOf(part['text']) !== '' && <p className="mt-4">{textOf(part['text'])}</p>}
      <FactList facts={factsOf(part['fields'])} />
    </div>
  );
}

function ListPart({ part }: { part: ChatPart }) {
  const items = Array.isArray(part['items']) ? (part['items'] as unknown[]) : [];
  return (
    <ul className={cx(card, 'divide-y divide-subtle py-0')}>
      {items.map((item, index) => {
        const entry = (typeof item === 'object' && item !== null ? item : { title: item }) as Record<string, unknown>;
        const state = entry['state'];
        return (
          // oxlint-disable-next-line react/no-array-index-key -- the list of a sent message never changes.
          <li key={index} className="py-12">
            <div className="flex flex-wrap items-center justify-between gap-8">
              <span className="font-medium">{textOf(entry['title'] ?? entry['label'] ?? entry['text'])}</span>
              {typeof state === 'string' && (
                <StateBadge state={state} label={textOf(entry['stateLabel']) || undefined} />
              )}
            </div>
            <FactList facts={factsOf(entry['fields'])} />
          </li>
        );
      })}
    </ul>
  );
}

function ChoicesPart({ part, isOpen, isBusy, onTurn }: PartProps) {
  if (!isOpen) return textOf(part['text']) === '' ? null : <p>{textOf(part['text'])}</p>;
  return (
    <div className="flex flex-col gap-8">
      {textOf(part['text']) !== '' && <p>{textOf(part['text'])}</p>}
      <div className="flex flex-wrap gap-8">
        {choicesOf(part).map((choice) => (
          <Button
            key={choice.value}
            disabled={isBusy}
            onClick={() => onTurn({ choice: choice.value, text: choice.label })}
            className="max-w-full whitespace-normal"
          >
            {choice.label}
          </Button>
        ))}
      </div>
    </div>
  );
}

function FormPart({ part, isOpen, onValues }: PartProps) {
  const schema = (typeof part['schema'] === 'object' ? part['schema'] : {}) as Schema;
  const title = textOf(part['title']);
  if (!isOpen) return title === '' ? null : <p className="text-muted">{title}</p>;
  return (
    <div className={card}>
      {title !== '' && <p className="mb-12 font-semibold">{title}</p>}
      <SchemaForm
        schema={schema}
        document={schema}
        initial={part['values']}
        submitLabel={textOf(part['submit']) || 'Continue'}
        onSubmit={async (values) => onValues(values as Record<string, unknown>)}
      />
    </div>
  );
}

/** The operation in words and every argument; nothing happens before the person says so. */
function ReadBack({ part, isOpen, isBusy, onTurn }: PartProps) {
  const id = textOf(part['confirmationId'] ?? part['id']);
  return (
    <div className={cx(card, 'border-accent')}>
      <p className="font-semibold">{textOf(part['title'])}</p>
      {textOf(part['text']) !== '' && <p className="mt-4">{textOf(part['text'])}</p>}
      <FactList facts={factsOf(part['readback'])} />
      {isOpen && (
        <div className="mt-16 flex flex-wrap gap-8">
          <Button
            variant="primary"
            busy={isBusy}
            onClick={() => onTurn({ confirmation: { id, accept: true } })}
            className="max-w-full whitespace-normal"
          >
            {textOf(part['accept']) || 'Yes, do it'}
          </Button>
          <Button disabled={isBusy} onClick={() => onTurn({ confirmation: { id, accept: false } })}>
            {textOf(part['decline']) || 'No, leave it'}
          </Button>
        </div>
      )}
    </div>
  );
}

function OfferPart({ part, isOpen, onTurn, onOutcome }: PartProps) {
  const item = (typeof part['item'] === 'object' && part['item'] !== null ? part['item'] : {}) as Record<
    string,
    unknown
  >;
  const article = item['item'] as { price?: Suggestion['price'] } | undefined;
  const decisionId = textOf(part['decisionId']);
  if (!isOpen) return null;
  return (
    <NextBestAction
      isSmall
      eyebrow="A suggestion"
      suggestion={{
        title: textOf(item['title']),
        text: textOf(item['text']) || undefined,
        because: textOf(item['because']),
        label: textOf(item['label']) || undefined,
        price: article?.price,
      }}
      onAccept={() => onOutcome?.(decisionId, item, 'accepted')}
      onRefuse={() => {
        onOutcome?.(decisionId, item, 'refused');
        onTurn({ text: 'Not now' });
      }}
      onNever={() => onOutcome?.(decisionId, item, 'never')}
    />
  );
}
