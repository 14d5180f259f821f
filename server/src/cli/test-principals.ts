// `plinth.test.yaml`: the callers that `plinth test` may be. Tokens come from headers or from a command.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject, Origins, parseText, type Principal } from '@plinth/contract';
import { CliFailure, exit } from './failure.ts';

const name = 'plinth.test.yaml';
const commandMs = 30_000;
const known = new Set(['audience', 'scopes', 'headers', 'command', 'owns', 'expired']);

/** Principals of a file, or of `plinth.test.yaml` beside the contract or here; none without a file. Throws CliFailure (2). */
export function readPrincipals(contractFile: string, given: string | undefined): Principal[] {
  const places = given === undefined ? [path.join(path.dirname(contractFile), name), name] : [given];
  const file = places.find((place) => existsSync(place));
  if (file === undefined) {
    if (given !== undefined) throw unusable(given, 'It does not exist.');
    return [];
  }
  let tree;
  try {
    tree = parseText(readFileSync(file, 'utf8'), file, new Origins());
  } catch (error) {
    throw unusable(file, (error as Error).message);
  }
  if (!isObject(tree)) throw unusable(file, 'It must map names to principals.');
  return Object.entries(tree).map(([principal, value]) => readOne(file, principal, value));
}

function readOne(file: string, principal: string, value: unknown): Principal {
  if (!isObject(value)) throw unusable(file, `${principal} must be an object.`);
  const unknown = Object.keys(value).find((key) => !known.has(key));
  if (unknown !== undefined)
    throw unusable(file, `${principal}: ${unknown} is not known; use ${[...known].join(', ')}.`);
  const { audience, scopes, headers = {}, command, owns, expired } = value;
  if (!isTexts(headers)) throw unusable(file, `${principal}: headers must map names to texts.`);
  if (owns !== undefined && !isTexts(owns)) throw unusable(file, `${principal}: owns must map path variables to ids.`);
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string')))
    throw unusable(file, `${principal}: scopes must be a list of texts.`);
  const all = Object.fromEntries(Object.entries(headers).map(([header, text]) => [header.toLowerCase(), text]));
  if (command !== undefined) all['authorization'] = `Bearer ${tokenOf(file, principal, command)}`;
  return {
    name: principal,
    headers: all,
    ...(typeof audience === 'string' ? { audience } : {}),
    ...(scopes === undefined ? {} : { scopes }),
    ...(owns === undefined ? {} : { owns }),
    ...(expired === true ? { expired } : {}),
  };
}

function isTexts(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

/** The command prints a token. It is a list of words: no shell reads it. */
function tokenOf(file: string, principal: string, command: unknown): string {
  if (!Array.isArray(command) || command.length === 0 || !command.every((word) => typeof word === 'string'))
    throw unusable(file, `${principal}: command must be a list of words.`);
  const [program = '', ...words] = command;
  try {
    return execFileSync(program, words, {
      encoding: 'utf8',
      timeout: commandMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch (error) {
    throw unusable(file, `${principal}: ${program} failed: ${(error as Error).message.split('\n')[0] ?? ''}`);
  }
}

function unusable(file: string, why: string): CliFailure {
  return new CliFailure(`${file} cannot be used`, { why, advice: 'docs/guides/test.md shows one', code: exit.usage });
}
