// Who is written to when an endpoint fails: shown, asked for and changed.

import {
  asProblem,
  Button,
  Dialog,
  Field,
  ProblemPanel,
  Select,
  TextInput,
  useAct,
  useModule,
} from '@plinth/channels-ui';
import { type Contact, createPartners, type Endpoint } from '@plinth/client/partners';
import { useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';

const languages = { en: 'English', de: 'Deutsch' } as const;

/** What was typed; an empty address = nobody is written to. */
export interface ContactDraft {
  email: string;
  language: keyof typeof languages;
}

export function draftOf(contact: Contact | undefined): ContactDraft {
  return { email: contact?.email ?? '', language: contact?.language ?? 'en' };
}

/** null = nobody; undefined = what was typed is no address. */
export function contactOf({ email, language }: ContactDraft): Contact | null | undefined {
  const typed = email.trim();
  if (typed === '') return null;
  return /^[^\s@]+@[^\s@]+$/.test(typed) ? { email: typed, language } : undefined;
}

interface ContactFieldsProps {
  draft: ContactDraft;
  onChange: (draft: ContactDraft) => void;
  /** Faults are shown. */
  isSent: boolean;
}

export function ContactFields({ draft, onChange, isSent }: ContactFieldsProps) {
  return (
    <>
      <Field
        label="Contact"
        hint="We write there when the endpoint has failed for a day, and when we switch it off. Empty: to nobody."
        error={isSent && contactOf(draft) === undefined ? 'Enter one e-mail address, like ops@example.com.' : undefined}
      >
        {(control) => (
          <TextInput
            {...control}
            type="email"
            value={draft.email}
            onChange={({ target }) => onChange({ ...draft, email: target.value })}
          />
        )}
      </Field>
      <Field label="Language of mails">
        {(control) => (
          <Select
            {...control}
            value={draft.language}
            choices={Object.entries(languages).map(([value, label]) => ({ value, label }))}
            onChange={({ target }) => onChange({ ...draft, language: target.value as ContactDraft['language'] })}
          />
        )}
      </Field>
    </>
  );
}

/** The button and its dialog. */
export function ChangeContact({ endpoint }: { endpoint: Endpoint }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Change contact</Button>
      {isOpen && <ContactDialog endpoint={endpoint} onClose={() => setOpen(false)} />}
    </>
  );
}

function ContactDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const { updateEndpoint } = useModule(createPartners);
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(endpoint.contact));
  const [isSent, setSent] = useState(false);
  const update = useAct(updateEndpoint);
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    setSent(true);
    const contact = contactOf(draft);
    if (contact === undefined) return;
    update.mutate(
      { endpointId: endpoint.id, body: { contact } },
      {
        onSuccess: () => {
          void queries.invalidateQueries({ queryKey: ['partners'] });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog open onClose={onClose} title="Change contact">
      <form noValidate onSubmit={send} className="grid gap-16">
        <ContactFields draft={draft} onChange={setDraft} isSent={isSent} />
        {update.error && <ProblemPanel problem={asProblem(update.error)} />}
        <div className="flex flex-wrap gap-12">
          <Button type="submit" variant="primary" busy={update.isPending}>
            Save contact
          </Button>
          <Button onClick={onClose}>Go back</Button>
        </div>
      </form>
    </Dialog>
  );
}
