import {
  Badge,
  Empty,
  Field,
  humanize,
  InstantText,
  OperationButton,
  Panel,
  reading,
  Select,
  SkeletonRows,
  type Tone,
  useModule,
  View,
} from '@plinth/channels-ui';
import { createPartners, type Delivery } from '@plinth/client/partners';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

const states = ['pending', 'delivered', 'dead'] as const satisfies readonly Delivery['state'][];
const tones: Readonly<Record<Delivery['state'], Tone>> = { pending: 'info', delivered: 'positive', dead: 'critical' };

/** The log of what was sent, by endpoint and state. */
export function Deliveries() {
  const { listDeliveries, listEndpoints } = useModule(createPartners);
  const endpoints = useQuery(reading(listEndpoints, { limit: 50 })).data?.items ?? [];
  const [endpointId, setEndpointId] = useState('');
  const [state, setState] = useState('');
  const filter = {
    ...(endpointId === '' ? {} : { endpointId }),
    ...(state === '' ? {} : { state: state as Delivery['state'] }),
  };
  const deliveries = useQuery({ ...reading(listDeliveries, { limit: 30, ...filter }), refetchInterval: 5000 });
  return (
    <Panel title="Deliveries" flush>
      <div className="grid gap-12 border-b border-subtle p-16 sm:grid-cols-2">
        <Field label="Endpoint">
          {(control) => (
            <Select
              {...control}
              value={endpointId}
              choices={[{ value: '', label: 'All' }, ...endpoints.map(({ id, url }) => ({ value: id, label: url }))]}
              onChange={({ target }) => setEndpointId(target.value)}
            />
          )}
        </Field>
        <Field label="State">
          {(control) => (
            <Select
              {...control}
              value={state}
              choices={[{ value: '', label: 'All' }, ...states.map((value) => ({ value, label: humanize(value) }))]}
              onChange={({ target }) => setState(target.value)}
            />
          )}
        </Field>
      </div>
      <View
        query={deliveries}
        skeleton={<SkeletonRows rows={4} />}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="Nothing was sent" text="Send a test, or wait for the first fact." />}
      >
        {({ items }) => (
          <ul aria-label="Deliveries" className="divide-y divide-subtle">
            {items.map((delivery) => (
              <li key={delivery.id} className="border-subtle p-16">
                <OneDelivery delivery={delivery} />
              </li>
            ))}
          </ul>
        )}
      </View>
    </Panel>
  );
}

function OneDelivery({ delivery }: { delivery: Delivery }) {
  const { replayDelivery } = useModule(createPartners);
  const queries = useQueryClient();
  const { id: deliveryId, state, attempts, answer, nextAttemptAt } = delivery;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-12">
        <p className="min-w-0">
          <code className="font-mono text-13 font-medium">{delivery.eventType}</code>{' '}
          <Badge tone={tones[state]}>{humanize(state)}</Badge>
          <span className="block text-13 break-all text-muted">
            <InstantText instant={delivery.createdAt} /> · {delivery.eventId}
          </span>
        </p>
        <OperationButton
          label="Send again"
          run={(key) => replayDelivery({ deliveryId }, { key })}
          onDone={() => void queries.invalidateQueries({ queryKey: ['partners'] })}
        />
      </div>
      <ol aria-label="Tries" className="mt-8 grid gap-2 text-13 text-muted">
        {attempts.map((attempt) => (
          <li key={attempt.at} className="tabular">
            <InstantText instant={attempt.at} /> · {attempt.status ?? 'no answer'} · {attempt.durationMs} ms ·{' '}
            {humanize(attempt.outcome)}
          </li>
        ))}
        {nextAttemptAt && (
          <li>
            next try <InstantText instant={nextAttemptAt} />
          </li>
        )}
      </ol>
      {answer && (
        <details className="mt-8 text-13 text-muted">
          <summary>Last answer</summary>
          <pre className="mt-4 overflow-x-auto font-mono break-all whitespace-pre-wrap">{answer}</pre>
        </details>
      )}
    </>
  );
}
