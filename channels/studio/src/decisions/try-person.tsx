import {
  asProblem,
  Button,
  Checkbox,
  type Choice,
  Field,
  Panel,
  ProblemPanel,
  reading,
  Select,
  TextInput,
  useModule,
} from '@plinth/channels-ui';
import { createCustomers } from '@plinth/client/customers';
import { createPersonalization } from '@plinth/client/personalization';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { Candidates } from './candidates.tsx';

export const knownSlots = [
  'home.hero',
  'home.cards',
  'checkout.addons',
  'chat.opening',
  'chat.closing',
  'kiosk.idle',
  'desk.nextAction',
];

/** What somebody would be shown, with the draft or as it is live. Nothing is recorded. */
export function TryPerson({ slots = knownSlots }: { slots?: readonly string[] }) {
  const { listCustomers } = useModule(createCustomers);
  const { previewDecision } = useModule(createPersonalization);
  const [typed, setTyped] = useState('');
  const wanted = useDeferredValue(typed.trim());
  const customers = useQuery(reading(listCustomers, { limit: 20, ...(wanted === '' ? {} : { q: wanted }) }));
  const people: Choice[] = (customers.data?.items ?? []).map(({ id, givenName, familyName, number }) => ({
    value: id,
    label: `${givenName} ${familyName}, ${number}`,
  }));
  const [chosen, setChosen] = useState('');
  const [slot, setSlot] = useState('');
  const [isDraft, setDraft] = useState(true);
  const preview = useMutation({
    mutationFn: async () =>
      previewDecision({
        body: {
          customerId: chosen === '' ? (people[0]?.value ?? '') : chosen,
          slots: [slot || (slots[0] ?? '')],
          draft: isDraft,
        },
      }),
  });
  return (
    <Panel title="Try a person">
      <div className="grid gap-12">
        <Field label="Find a customer" required={false}>
          {(control) => (
            <TextInput
              {...control}
              type="search"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                setChosen('');
              }}
            />
          )}
        </Field>
        <Field label="Customer">
          {(control) => (
            <Select
              {...control}
              value={chosen === '' ? (people[0]?.value ?? '') : chosen}
              choices={people}
              onChange={(event) => setChosen(event.target.value)}
            />
          )}
        </Field>
        <Field label="Slot">
          {(control) => (
            <Select
              {...control}
              value={slot || (slots[0] ?? '')}
              choices={[...new Set(slots)].map((each) => ({ value: each, label: each }))}
              onChange={(event) => setSlot(event.target.value)}
            />
          )}
        </Field>
        <Checkbox label="With the draft" checked={isDraft} onChange={(event) => setDraft(event.target.checked)} />
        <div>
          <Button busy={preview.isPending} disabled={people.length === 0} onClick={() => preview.mutate()}>
            Show what they would see
          </Button>
        </div>
        {preview.error && <ProblemPanel problem={asProblem(preview.error)} />}
        {preview.data && <Candidates record={preview.data} />}
      </div>
    </Panel>
  );
}
