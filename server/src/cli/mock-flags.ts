// The options of `plinth mock` as values, or why one of them is none.

import { readFileSync } from 'node:fs';
import { type Contract, Origins, parseText, type UnknownId } from '@plinth/contract/serving';
import { type ClockMode, clockModes, mockClock } from '../mock/clock.ts';
import { type FaultRule, readFaultRules } from '../mock/faults.ts';
import type { MockServerOptions } from '../mock/mock-server.ts';
import { Upstream } from '../mock/upstream.ts';
import type { ContractFlags } from './contract-file.ts';
import { CliFailure, exit } from './failure.ts';
import { outJson } from './printer.ts';

export interface MockFlags extends ContractFlags {
  port: string;
  host: string;
  seed: string;
  state: string;
  unknownId: string;
  clock?: string;
  clockMode: string;
  auth: string;
  latency?: string;
  faults?: string;
  callbackHost: string[];
  upstream?: string;
  real?: string;
  controlToken?: string;
  watch?: boolean;
  check?: boolean;
  explain?: boolean;
  json?: boolean;
}

export type MockSettings = Omit<MockServerOptions, 'tokens' | 'state' | 'changed' | 'failed'>;

function wrong(what: string, advice: string): CliFailure {
  return new CliFailure(what, { why: '', advice, code: exit.usage });
}

function oneOf<Value extends string>(option: string, value: string, values: readonly Value[]): Value {
  const found = values.find((each) => each === value);
  if (found === undefined) throw wrong(`${option} ${value} is not known`, `use ${values.join(', ')}`);
  return found;
}

/** A whole number within bounds. */
export function wholeNumber(option: string, value: string, most: number): number {
  if (!/^\d{1,10}$/.test(value) || Number(value) > most)
    throw wrong(`${option} ${value} is no whole number up to ${most}`, `use a number from 0 to ${most}`);
  return Number(value);
}

/** Throws CliFailure (exit 2) for what cannot be meant. */
export function readMockFlags(flags: MockFlags, contracts: readonly Contract[]): MockSettings {
  return {
    seed: wholeNumber('--seed', flags.seed, 4_294_967_295),
    clock: mockClock(oneOf<ClockMode>('--clock-mode', flags.clockMode, clockModes), clockStart(flags)),
    unknownId: oneOf<UnknownId>('--unknown-id', flags.unknownId, ['auto', 'conjure', '404']),
    keepsState: flags.state !== 'off',
    auth: oneOf('--auth', flags.auth, ['off', 'presence', 'dev'] as const),
    latencyMs: latencyOf(flags.latency),
    faults: flags.faults === undefined ? [] : faultsIn(flags.faults, contracts),
    callbackHosts: flags.callbackHost,
    upstream: upstreamOf(flags, contracts),
    controlToken: flags.controlToken,
  };
}

function clockStart({ clock }: MockFlags): Temporal.Instant | undefined {
  if (clock === undefined) return undefined;
  try {
    return Temporal.Instant.from(clock);
  } catch {
    throw wrong(`--clock ${clock} is no time`, 'for example --clock 2026-11-24T12:00:00Z');
  }
}

function latencyOf(value: string | undefined): readonly [number, number] | undefined {
  if (value === undefined) return undefined;
  const [, least = '', most = least] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value) ?? [];
  if (least === '' || Number(most) < Number(least) || Number(most) > 60_000)
    throw wrong(`--latency ${value} is no range of milliseconds up to 60000`, 'for example --latency 50-200');
  return [Number(least), Number(most)];
}

function upstreamOf({ upstream, real }: MockFlags, contracts: readonly Contract[]): Upstream | undefined {
  if (upstream === undefined && real === undefined) return undefined;
  if (upstream === undefined || real === undefined)
    throw wrong(
      '--upstream and --real belong together',
      'for example --upstream https://api.example.com --real getOrder',
    );
  const url = URL.canParse(upstream) ? new URL(upstream) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw wrong(`--upstream ${upstream} is no address`, 'for example --upstream https://api.example.com');
  const known = new Set(contracts.flatMap(({ operations }) => operations.map(({ id }) => id)));
  const operations = real.split(',').map((id) => id.trim());
  const unknown = operations.filter((id) => !known.has(id));
  if (unknown.length > 0)
    throw wrong(`No operation is called ${unknown.join(', ')}`, `use some of: ${[...known].slice(0, 20).join(', ')}`);
  return new Upstream({ url, operations: new Set(operations), record: outJson });
}

function faultsIn(file: string, contracts: readonly Contract[]): readonly FaultRule[] {
  let value: unknown;
  try {
    value = parseText(readFileSync(file, 'utf8'), file, new Origins());
  } catch (error) {
    throw new CliFailure(`${file} cannot be read`, {
      why: (error as Error).message,
      advice: 'give a YAML or JSON file with rules',
      code: exit.usage,
    });
  }
  const operations = contracts.flatMap((contract) => contract.operations);
  const read = readFaultRules(value, operations);
  if ('rules' in read) return read.rules;
  throw new CliFailure(`${file} holds rules that cannot be followed`, {
    why: read.faults.join('\n'),
    advice: 'see docs/reference/mock.md, Faults',
    code: exit.usage,
  });
}
