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
  /** 2 = it has ended, and does not try again by itself. */
  readonly readyState?: number;
}

export type OpenEventSource = (url: string) => EventSourceLike;

const ended = 2;
/** Milliseconds until a stream that was refused is opened again, from half to all of it; given up after the last. */
const reopenMs = [4_000, 8_000, 16_000, 32_000, 60_000, 60_000] as const;

/**
 * Watches topics (names of capabilities, and `jobs` for the ends of one's own) until the returned function is called. The browser reconnects by itself and
 * resumes where it was, unless it was refused: then the stream is opened anew, and begins with `reset`. What cannot be
 * parsed is left out.
 */
export function watch(open: OpenEventSource, url: string, onEvent: (event: LiveEvent) => void): () => void {
  let stop: (() => void) | undefined;
  let refusals = 0;
  const begin = (isAnew: boolean): void => {
    const source = listen(open(url), onEvent);
    stop = () => source.close();
    source.addEventListener('open', () => {
      refusals = 0;
      if (isAnew) onEvent({ type: 'reset', id: '' });
      isAnew = false;
    });
    source.addEventListener('error', () => {
      const pauseMs = reopenMs[refusals];
      if (source.readyState !== ended || pauseMs === undefined) return;
      refusals += 1;
      const timer = setTimeout(() => begin(true), (pauseMs * (1 + Math.random())) / 2);
      stop = () => clearTimeout(timer);
    });
  };
  begin(false);
  return () => stop?.();
}

function listen(source: EventSourceLike, onEvent: (event: LiveEvent) => void): EventSourceLike {
  source.addEventListener('message', (message) => {
    const event = parse(message.data);
    if (event) onEvent({ ...event, id: message.lastEventId ?? '' });
  });
  source.addEventListener('reset', () => onEvent({ type: 'reset', id: '' }));
  source.addEventListener('reauthenticate', () => {
    source.close();
    onEvent({ type: 'reauthenticate', id: '' });
  });
  return source;
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
