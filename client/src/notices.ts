// What a server says beside its answers: this operation goes away, this limit is nearly used up.

export interface Notice {
  readonly kind: 'deprecated' | 'sunset' | 'limit';
  /** `orders.getOrder`. */
  readonly operation: string;
  readonly message: string;
}

/** Notices in the header fields of an answer. */
export function noticesOf(operation: string, headers: Headers): Notice[] {
  const notices: Notice[] = [];
  const deprecation = headers.get('deprecation');
  const sunset = headers.get('sunset');
  if (deprecation !== null) {
    notices.push({ kind: 'deprecated', operation, message: `${operation} is deprecated (${deprecation}).` });
  }
  if (sunset !== null) notices.push({ kind: 'sunset', operation, message: `${operation} ends on ${sunset}.` });
  const left = /\br=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  if (left === '0')
    notices.push({ kind: 'limit', operation, message: `The limit of ${operation} is used up for now.` });
  return notices;
}
