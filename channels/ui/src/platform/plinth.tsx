// What every channel stands on: the client, the query cache, who is signed in, live updates and messages to the person.

import { type Client, createClient, type LiveEvent, type NextStep, PlinthProblem } from '@plinth/client';
import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { ToastProvider } from '../primitives/toast.tsx';

export interface Session {
  readonly signedIn: boolean;
  readonly name?: string;
  readonly customerId?: string;
  /** `customer` or `staff`. */
  readonly audience?: string;
}

interface Plinth {
  readonly client: Client;
  /** Name of the app: `portal`. */
  readonly app: string;
  /** Where this app does an operation that a problem names as the next step; undefined where it cannot. */
  readonly nextHref?: ((step: NextStep) => string | undefined) | undefined;
}

const PlinthContext = createContext<Plinth | undefined>(undefined);

export interface PlinthProviderProps {
  app: string;
  /** Where the caller is, as contracts name it. */
  channel: string;
  nextHref?: Plinth['nextHref'];
  children: ReactNode;
}

/** One per app, around everything. */
export function PlinthProvider({ app, channel, nextHref, children }: PlinthProviderProps) {
  const [plinth] = useState<Plinth>(() => ({ app, client: createClient({ channel }), nextHref }));
  const [queries] = useState(makeQueryClient);
  return (
    <PlinthContext value={plinth}>
      <QueryClientProvider client={queries}>
        <ToastProvider>{children}</ToastProvider>
      </QueryClientProvider>
    </PlinthContext>
  );
}

function makeQueryClient(): QueryClient {
  // The client itself repeats what may be repeated.
  return new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: 15_000 }, mutations: { retry: false } },
  });
}

export function usePlinth(): Plinth {
  const plinth = useContext(PlinthContext);
  if (!plinth) throw new Error('PlinthProvider is missing.');
  return plinth;
}

/** A generated client module bound to this page's client: `useModule(createOrders)`. */
export function useModule<Calls>(create: (client: Client) => Calls): Calls {
  const { client } = usePlinth();
  return useMemo(() => create(client), [create, client]);
}

/** Who is signed in. The answer of a server that does not know sessions is “nobody”. */
export function useSession() {
  return useQuery({ queryKey: ['session'], queryFn: readSession, staleTime: 60_000 });
}

async function readSession({ signal }: { signal: AbortSignal }): Promise<Session> {
  let response: Response;
  try {
    response = await fetch('/session', { signal, headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new PlinthProblem(0, {
      code: 'unreachable',
      title: 'No connection',
      detail: 'The service cannot be reached.',
      advice: 'Check your connection and try again.',
      retryable: true,
    });
  }
  if (!response.ok) return { signedIn: false };
  return (await response.json()) as Session;
}

/** How somebody must have signed in for an operation, as its problem says. */
export interface StepUp {
  acr?: string;
  /** Seconds since, at most. */
  maxAgeS?: number;
}

/** Where signing in begins; comes back to this page. */
export function signInPath(app: string, { acr, maxAgeS }: StepUp = {}): string {
  const back = location.pathname.startsWith(`/${app}`) ? location.pathname + location.search : `/${app}`;
  const query = new URLSearchParams({ app, returnTo: back });
  if (acr !== undefined) query.set('acr', acr);
  if (maxAgeS !== undefined) query.set('maxAge', String(maxAgeS));
  return `/session/login?${query.toString()}`;
}

/** Ends the session and forgets everything read in it. An outside provider's own session is ended there. */
export function useSignOut(): () => Promise<void> {
  const { app } = usePlinth();
  const queries = useQueryClient();
  return async () => {
    const answer = await fetch('/session/logout', { method: 'POST', headers: { accept: 'application/json' } }).catch(
      () => undefined,
    );
    const { continueAt } = answer?.status === 200 ? ((await answer.json()) as { continueAt?: string }) : {};
    queries.clear();
    sessionStorage.clear();
    navigator.serviceWorker?.controller?.postMessage('forget');
    location.assign(continueAt ?? `/${app}/`);
  };
}

/** Things whose facts belong to another capability than their name says. */
const capabilityByNoun: Readonly<Record<string, string>> = {
  order: 'orders',
  ticket: 'tickets',
  turn: 'assistant',
  control: 'assistant',
  handover: 'assistant',
  conversation: 'assistant',
  points: 'loyalty',
  account: 'accounts',
  transfer: 'accounts',
  transaction: 'accounts',
  message: 'notifications',
  customer: 'customers',
  consent: 'customers',
  payment: 'payments',
};

/** Reads again what facts of the watched capabilities changed. One stream per app: call it once, in the shell. */
export function useLiveQueries(topics: readonly string[], onEvent?: (event: LiveEvent) => void): void {
  const { client } = usePlinth();
  const queries = useQueryClient();
  const joined = topics.join(',');
  useEffect(() => {
    if (joined === '' || typeof EventSource === 'undefined') return undefined;
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      timer = undefined;
      for (const capability of stale) void queries.invalidateQueries({ queryKey: [capability] });
      stale.clear();
    };
    const stop = client.live(joined.split(','), (event) => {
      onEvent?.(event);
      if (event.type === 'reset') {
        void queries.invalidateQueries();
        return;
      }
      const noun = event.type.split('.')[0] ?? '';
      stale.add(capabilityByNoun[noun] ?? `${noun}s`).add('customers');
      // Facts of one transaction arrive together: one reading answers them all.
      timer ??= setTimeout(flush, 60);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- a new listener does not need a new stream.
  }, [client, queries, joined]);
}
