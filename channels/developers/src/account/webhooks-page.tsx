import {
  asProblem,
  Badge,
  Button,
  Checkbox,
  Dialog,
  Empty,
  Field,
  humanize,
  InstantText,
  OperationButton,
  PageTitle,
  Panel,
  ProblemPanel,
  reading,
  Select,
  SkeletonRows,
  TextInput,
  useAct,
  useModule,
  useOperations,
  View,
} from '@plinth/channels-ui';
import { createPartners, type Endpoint, type Signature } from '@plinth/client/partners';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { Code } from '../reference/code.tsx';
import { eventsOf } from '../reference/policy.ts';
import { ChangeContact, ContactFields, contactOf, draftOf } from './contact.tsx';
import { Deliveries } from './deliveries.tsx';
import { PartnerOnly } from './partner-only.tsx';
import { ChangeSecret, type FreshSecret, PublicKeys, SignatureField } from './signing.tsx';

export function WebhooksPage() {
  return (
    <>
      <PageTitle lead="Facts come to your address, signed (Standard Webhooks), tried again until you answer 2xx.">
        Webhooks
      </PageTitle>
      <div className="grid max-w-[60rem] gap-24">
        <PartnerOnly what="Webhook endpoints">
          <Endpoints />
          <Deliveries />
        </PartnerOnly>
        <Panel title="Check a signature">
          <p className="measure mb-12">
            <code className="font-mono text-13">webhook-id.webhook-timestamp.body</code> is signed: by HMAC-SHA256 (
            <code className="font-mono text-13">v1</code>) with the secret after{' '}
            <code className="font-mono text-13">whsec_</code>, or by Ed25519 (
            <code className="font-mono text-13">v1a</code>) for the public key after{' '}
            <code className="font-mono text-13">whpk_</code>, each as base64. Refuse what is older than five minutes.
          </p>
          <Code
            label="TypeScript"
            text={`import { Webhook } from 'standardwebhooks';\n\nconst fact = new Webhook(secret).verify(body, headers); // throws when it is not ours`}
          />
        </Panel>
      </div>
    </>
  );
}

function Endpoints() {
  const { listEndpoints } = useModule(createPartners);
  // What is sent may switch one off.
  const endpoints = useQuery({ ...reading(listEndpoints, { limit: 50 }), refetchInterval: 5000 });
  const [isMaking, setMaking] = useState(false);
  const [fresh, setFresh] = useState<FreshSecret>();
  return (
    <>
      <Panel
        title="Endpoints"
        flush
        aside={
          <Button variant="primary" onClick={() => setMaking(true)}>
            Add an endpoint
          </Button>
        }
      >
        {fresh && (
          <div className="grid gap-8 border-b border-subtle bg-positive-soft p-16">
            <p className="font-medium text-positive">
              The signing secret of <span className="break-all">{fresh.url}</span>. It is shown only now.
              {fresh.otherUntil && (
                <>
                  {' '}
                  The one before signs too until <InstantText instant={fresh.otherUntil} />.
                </>
              )}
            </p>
            <Code label="Signing secret" text={fresh.secret} />
          </div>
        )}
        <View
          query={endpoints}
          skeleton={<SkeletonRows rows={2} />}
          isEmpty={({ items }) => items.every(({ state }) => state === 'removed')}
          empty={<Empty title="No endpoints" text="Add the address of your server that takes facts." />}
        >
          {({ items }) => (
            <ul className="divide-y divide-subtle">
              {items
                .filter(({ state }) => state !== 'removed')
                .map((endpoint) => (
                  <li key={endpoint.id} className="border-subtle p-16">
                    <OneEndpoint endpoint={endpoint} onSecret={setFresh} />
                    <PublicKeys endpoint={endpoint} />
                  </li>
                ))}
            </ul>
          )}
        </View>
      </Panel>
      {isMaking && <NewEndpoint onMade={setFresh} onClose={() => setMaking(false)} />}
    </>
  );
}

function OneEndpoint({ endpoint, onSecret }: { endpoint: Endpoint; onSecret: (fresh: FreshSecret) => void }) {
  const { testEndpoint, pauseEndpoint, resumeEndpoint, replayDeliveries, removeEndpoint } = useModule(createPartners);
  const queries = useQueryClient();
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['partners'] });
  const { id: endpointId, url, state } = endpoint;
  const isActive = state === 'active';
  return (
    <div className="flex flex-wrap items-start justify-between gap-12">
      <p className="min-w-0">
        <code className="font-mono text-13 break-all">{url}</code>{' '}
        <Badge tone={isActive ? 'positive' : 'caution'}>{humanize(state)}</Badge>
        <span className="block text-13 text-muted">{endpoint.events.join(', ')}</span>
        {endpoint.contact && (
          <span className="block text-13 break-all text-muted">We write to {endpoint.contact.email}</span>
        )}
        <Trouble endpoint={endpoint} />
      </p>
      <div className="flex flex-wrap gap-8">
        {isActive ? (
          <>
            <OperationButton
              label="Send a test"
              run={(key) => testEndpoint({ endpointId }, { key })}
              onDone={refresh}
            />
            <OperationButton
              label="Send dead ones again"
              run={(key) => replayDeliveries({ endpointId, body: { state: 'dead' } }, { key })}
              onDone={refresh}
            />
            <OperationButton label="Pause" run={(key) => pauseEndpoint({ endpointId }, { key })} onDone={refresh} />
          </>
        ) : (
          <OperationButton label="Resume" run={(key) => resumeEndpoint({ endpointId }, { key })} onDone={refresh} />
        )}
        <ChangeContact endpoint={endpoint} />
        <ChangeSecret endpoint={endpoint} onSecret={onSecret} onKey={refresh} />
        <OperationButton
          label="Remove endpoint"
          variant="critical"
          confirm={{
            title: 'Remove this endpoint?',
            facts: [{ term: 'Address', value: url }],
            warning: 'Nothing is sent there any more.',
            keep: 'Keep it',
          }}
          run={(key) => removeEndpoint({ endpointId }, { key })}
          onDone={refresh}
        />
      </div>
    </div>
  );
}

/** Why it is off, or since when it only fails. */
function Trouble({ endpoint: { because, failingSince } }: { endpoint: Endpoint }) {
  if (because === undefined && failingSince === undefined) return null;
  return (
    <span className="block text-13 text-caution">
      {because === 'gone' && 'Switched off: it answered 410.'}
      {because === 'failing' && 'Switched off: it failed for five days.'}
      {because === undefined && failingSince !== undefined && (
        <>
          Only failures since <InstantText instant={failingSince} />.
        </>
      )}
    </span>
  );
}

function NewEndpoint({ onMade, onClose }: { onMade: (fresh: FreshSecret) => void; onClose: () => void }) {
  const { listApps, createEndpoint } = useModule(createPartners);
  const queries = useQueryClient();
  const apps = useQuery(reading(listApps, { limit: 50 })).data?.items ?? [];
  const offered = [...new Set((useOperations().data?.operations ?? []).flatMap(eventsOf))].toSorted((left, right) =>
    left.localeCompare(right),
  );
  const [appId, setAppId] = useState('');
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<readonly string[]>([]);
  const [signature, setSignature] = useState<Signature>('hmac-sha256');
  const [draft, setDraft] = useState(() => draftOf(undefined));
  const [isSent, setSent] = useState(false);
  const create = useAct(createEndpoint);
  const app = appId === '' ? (apps[0]?.id ?? '') : appId;
  const isAddress = URL.canParse(url.trim());
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    setSent(true);
    const contact = contactOf(draft);
    if (app === '' || !isAddress || events.length === 0 || contact === undefined) return;
    create.mutate(
      { body: { appId: app, url: url.trim(), events: [...events], signature, ...(contact && { contact }) } },
      {
        onSuccess: (made) => {
          if (made.signature === 'hmac-sha256') onMade({ url: made.url, secret: made.secret });
          void queries.invalidateQueries({ queryKey: ['partners'] });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog open onClose={onClose} title="Add an endpoint">
      <form noValidate onSubmit={send} className="grid gap-16">
        <Field label="Application" error={isSent && app === '' ? 'Register an application first.' : undefined}>
          {(control) => (
            <Select
              {...control}
              value={app}
              choices={apps.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(event) => setAppId(event.target.value)}
            />
          )}
        </Field>
        <Field
          label="Address"
          hint="Where we send, like https://example.com/hooks."
          error={isSent && !isAddress ? 'Enter a whole address, beginning with https://.' : undefined}
        >
          {(control) => (
            <TextInput {...control} type="url" value={url} onChange={(event) => setUrl(event.target.value)} />
          )}
        </Field>
        <fieldset className="grid gap-8">
          <legend className="mb-4 font-medium">Events</legend>
          {isSent && events.length === 0 && (
            <p role="alert" className="text-13 font-medium text-critical">
              Choose at least one.
            </p>
          )}
          <div className="grid max-h-[16rem] gap-8 overflow-y-auto">
            {offered.map((event) => (
              <Checkbox
                key={event}
                label={<code className="font-mono text-13">{event}</code>}
                checked={events.includes(event)}
                onChange={({ target }) =>
                  setEvents(target.checked ? [...events, event] : events.filter((each) => each !== event))
                }
              />
            ))}
          </div>
        </fieldset>
        <SignatureField value={signature} onChange={setSignature} />
        <ContactFields draft={draft} onChange={setDraft} isSent={isSent} />
        {create.error && <ProblemPanel problem={asProblem(create.error)} />}
        <div className="flex flex-wrap gap-12">
          <Button type="submit" variant="primary" busy={create.isPending}>
            Add endpoint
          </Button>
          <Button onClick={onClose}>Go back</Button>
        </div>
      </form>
    </Dialog>
  );
}
