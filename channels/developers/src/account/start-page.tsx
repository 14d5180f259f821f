import {
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
  asProblem,
  reading,
  SkeletonRows,
  TextInput,
  useAct,
  useModule,
  useOperations,
  View,
} from '@plinth/channels-ui';
import { createPartners, type App } from '@plinth/client/partners';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { useApiKey } from '../key.tsx';
import { Code } from '../reference/code.tsx';
import { scopesOf } from '../reference/policy.ts';
import { PartnerOnly } from './partner-only.tsx';

/** From nothing to a first call on one page. */
export function StartPage() {
  return (
    <>
      <PageTitle lead="Register an application, make a key, and call. Every sample on these pages then holds your key.">
        Build with Northfold
      </PageTitle>
      <div className="grid max-w-[60rem] gap-24">
        <PartnerOnly what="Applications">
          <Applications />
        </PartnerOnly>
        <FirstCall />
      </div>
    </>
  );
}

function FirstCall() {
  const { apiKey } = useApiKey();
  const key = apiKey === '' ? '<your API key>' : apiKey;
  return (
    <Panel title="Your first call">
      <Code
        label="curl"
        text={`curl '${location.origin}/catalogue/v1/offerings?limit=3' \\\n  -H 'Authorization: Bearer ${key}'`}
      />
    </Panel>
  );
}

function Applications() {
  const { listApps } = useModule(createPartners);
  const apps = useQuery(reading(listApps, { limit: 50 }));
  const [isMaking, setMaking] = useState(false);
  return (
    <>
      <Panel
        title="Applications"
        flush
        aside={
          <Button variant="primary" onClick={() => setMaking(true)}>
            Register an application
          </Button>
        }
      >
        <View
          query={apps}
          skeleton={<SkeletonRows rows={3} />}
          isEmpty={({ items }) => items.length === 0}
          empty={<Empty title="No applications" text="Register the first one: its keys let your software call." />}
        >
          {({ items }) => (
            <ul className="divide-y divide-subtle">
              {items.map((app) => (
                <li key={app.id} className="border-subtle p-16">
                  <Application app={app} />
                </li>
              ))}
            </ul>
          )}
        </View>
      </Panel>
      {isMaking && <NewApplication onClose={() => setMaking(false)} />}
    </>
  );
}

function Application({ app }: { app: App }) {
  const { listKeys, createKey, revokeKey } = useModule(createPartners);
  const queries = useQueryClient();
  const { setApiKey } = useApiKey();
  const [secret, setSecret] = useState<string>();
  const keys = useQuery(reading(listKeys, { appId: app.id }));
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['partners'] });
  return (
    <div className="grid gap-12">
      <div className="flex flex-wrap items-center justify-between gap-12">
        <p>
          <span className="font-semibold">{app.name}</span> <Badge>{humanize(app.state)}</Badge>
          <span className="block text-13 text-muted">
            <code className="font-mono">{app.id}</code> · may {app.scopes.join(', ')}
          </span>
        </p>
        <OperationButton
          label="Make a key"
          run={(key) => createKey({ appId: app.id }, { key })}
          onDone={(made) => {
            const text = (made as { secret: string }).secret;
            setSecret(text);
            setApiKey(text);
            refresh();
          }}
        />
      </div>
      {secret && (
        <div className="grid gap-8 rounded-card bg-positive-soft p-12">
          <p className="font-medium text-positive">
            Your key. It is shown only now: keep it where your software finds it. Samples on these pages hold it too.
          </p>
          <Code label="API key" text={secret} />
        </div>
      )}
      <ul aria-label={`Keys of ${app.name}`} className="grid gap-4">
        {keys.data?.items.map((key) => (
          <li key={key.id} className="flex flex-wrap items-center justify-between gap-12">
            <span>
              <code className="font-mono text-13">{key.hint}…</code>{' '}
              <span className="text-13 text-muted">
                made <InstantText instant={key.createdAt} />
                {key.expiresAt && (
                  <>
                    , until <InstantText instant={key.expiresAt} />
                  </>
                )}
              </span>
            </span>
            {key.state === 'live' ? (
              <OperationButton
                label="Revoke key"
                variant="critical"
                confirm={{
                  title: 'Revoke this key?',
                  facts: [{ term: 'Begins with', value: <code className="font-mono">{key.hint}</code> }],
                  warning: 'Software that uses it is refused from now on.',
                  keep: 'Keep it',
                }}
                run={(once) => revokeKey({ appId: app.id, keyId: key.id }, { key: once })}
                onDone={refresh}
              />
            ) : (
              <Badge>Revoked</Badge>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function NewApplication({ onClose }: { onClose: () => void }) {
  const { createApp } = useModule(createPartners);
  const queries = useQueryClient();
  const operations = useOperations().data?.operations ?? [];
  const offered = [
    ...new Set(operations.filter(({ audience }) => audience.includes('partner')).flatMap(scopesOf)),
  ].toSorted((left, right) => left.localeCompare(right));
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [isSent, setSent] = useState(false);
  const create = useAct(createApp);
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    setSent(true);
    if (name.trim() === '' || scopes.length === 0) return;
    create.mutate(
      { body: { name: name.trim(), scopes: [...scopes] } },
      {
        onSuccess: () => {
          void queries.invalidateQueries({ queryKey: ['partners'] });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog open onClose={onClose} title="Register an application">
      <form noValidate onSubmit={send} className="grid gap-16">
        <Field label="Name" error={isSent && name.trim() === '' ? 'Give it a name.' : undefined}>
          {(control) => (
            <TextInput {...control} value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <fieldset className="grid gap-8">
          <legend className="mb-4 font-medium">What it may do</legend>
          {isSent && scopes.length === 0 && (
            <p role="alert" className="text-13 font-medium text-critical">
              Choose at least one.
            </p>
          )}
          {offered.map((scope) => (
            <Checkbox
              key={scope}
              label={<code className="font-mono text-13">{scope}</code>}
              checked={scopes.includes(scope)}
              onChange={(event) =>
                setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope))
              }
            />
          ))}
        </fieldset>
        {create.error && <ProblemPanel problem={asProblem(create.error)} />}
        <div className="flex flex-wrap gap-12">
          <Button type="submit" variant="primary" busy={create.isPending}>
            Register application
          </Button>
          <Button onClick={onClose}>Go back</Button>
        </div>
      </form>
    </Dialog>
  );
}
