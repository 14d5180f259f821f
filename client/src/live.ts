// Live updates over Server-Sent Events: facts the signed-in principal may see, in the order of the event log.

/** A fact as CloudEvent, or a word of the stream itself. */
export interface LiveEvent {
  /** `order.placed`; `reset` = too much was missed, read again; `reauthenticate` = sign in again. */
  readonly type: string;
  /** Position in the log; '' for words of the stream. */
  readonly id: string;
  readonly subject?: string;
  readonly data?: unknown;
}

/** The part of the browser's EventSource used here. */
export interface EventSourceLike {
  addEventListener(type: string, listener: (event: { data?: unknown; lastEventId?: string }) => void): void;
  close(): void;
}

export type OpenEventSource = (url: string) => EventSourceLike;

/**
 * Watches topics (names of capabilities) until the returned function is called. The browser reconnects by itself and
 * resumes where it was; what cannot be parsed is left out.
 */
export function watch(open: OpenEventSource, url: string, onEvent: (event: LiveEvent) => void): () => void {
  const source = open(url);
  source.addEventListener('message', (message) => {
    const event = parse(message.data);
    if (event) onEvent({ ...event, id: message.lastEventId ?? '' });
  });
  source.addEventListener('reset', () => onEvent({ type: 'reset', id: '' }));
  source.addEventListener('reauthenticate', () => {
    source.close();
    onEvent({ type: 'reauthenticate', id: '' });
  });
  return () => source.close();
}

function parse(text: unknown): LiveEvent | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
      ? (value as LiveEvent)
      : undefined;
  } catch {
    return undefined;
  }
}
