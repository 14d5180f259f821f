// Stage `authenticate`: credential → Principal. Dropped for public operations; where the contract lists `{}` among its
// alternatives, nobody is fine but a bad credential is still refused.

import type { Channel } from '@plinth/contract';
import type { Principal } from '../../kernel/index.ts';
import type { Authentication, Authenticator } from '../../security/authenticator.ts';
import { isPrincipal } from '../../security/authenticator.ts';
import { refusalOf } from '../../security/challenge.ts';
import { channelsOf } from '../../security/claims.ts';
import type { Tracer } from '../../telemetry/tracer.ts';
import { later, proceed, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { Transport } from '../transport.ts';
import { adoptTrace } from './trace.ts';

/** undefined for a public operation: its handler sees nobody, whatever credential was sent. */
export function compileAuthenticate(
  operation: CompiledOperation,
  { authenticator, tracer }: { authenticator: Authenticator; tracer: Tracer | undefined },
): Step | undefined {
  const { security } = operation.operation;
  const fixed = operation.binding.principal;
  if (fixed !== undefined) {
    return (x) => {
      x.principal = fixed;
      return undefined;
    };
  }
  if (security === undefined || security.length === 0) return undefined;
  const optional = security.some((alternative) => Object.keys(alternative).length === 0);
  const settle = (x: Exchange, result: Authentication): Answer | undefined => {
    if (isPrincipal(result)) {
      x.principal = result;
      x.channel = chosenChannel(x, result);
      if (x.channel !== result.channel) x.principal = { ...result, channel: x.channel };
      if (result.audience === 'service' && x.foreignParent !== undefined) adoptTrace(x, tracer);
      return undefined;
    }
    if (optional && result.fault === 'none') return undefined;
    const { code, headers } = refusalOf(result, x.operation.challenge, scopeOf(x));
    return refuse(x, code, { headers });
  };
  return (x) => {
    const result = authenticator.authenticate(x.transport as Transport);
    if (!(result instanceof Promise)) return settle(x, result);
    result.then(
      (found) => proceed(x, settle(x, found)),
      (error: unknown) => proceed(x, x.fail(x, error)),
    );
    return later;
  };
}

/** What the first way in that has scopes asks for. */
function scopeOf({ operation }: Exchange): string {
  const ways = (operation.operation.security ?? []).map((alternative) => Object.values(alternative).flat());
  return (ways.find((scopes) => scopes.length > 0) ?? []).join(' ');
}

/** `Plinth-Channel` chooses among the channels the caller's application is registered for; anything else is ignored. */
function chosenChannel(x: Exchange, { channel, channels, audience }: Principal): Channel {
  const wished = x.header('plinth-channel');
  if (wished === undefined) return channel;
  const allowed: readonly string[] = channels ?? channelsOf[audience];
  return allowed.includes(wished) ? (wished as Channel) : channel;
}
