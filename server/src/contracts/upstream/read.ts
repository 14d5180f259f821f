// A manifest file: read, judged by its schema and with both contracts, with positions of what is wrong.

import path from 'node:path';
import {
  compileSchema,
  type Contract,
  type Finding,
  isObject,
  type JsonValue,
  Origins,
  parseText,
  SyntaxFailure,
  valueAt,
} from '@plinth/contract';
import { readBelow, loadFile } from '../read.ts';
import { checkLookUp, checkManifest, type Fault } from './check.ts';
import { type Manifest, manifestSchema } from './manifest.ts';

/** File name of a manifest, beside a contract or alone in the folder of a built-in capability. */
export const manifestFile = 'upstream.yaml';

export interface ReadManifest {
  manifest: Manifest;
  /** Theirs; ours under `pass` without a target. */
  target: Contract;
}

const validator = compileSchema(manifestSchema);

/** What can be installed, or why not. `root`: files are read below it only. */
export async function readManifest(
  file: string,
  { contract, owned, root }: { contract: Contract; owned: ReadonlySet<string>; root: string },
): Promise<ReadManifest | { findings: Finding[] }> {
  const origins = new Origins();
  let tree: JsonValue;
  try {
    tree = parseText(await readBelow(file, { root })(file), file, origins);
  } catch (error) {
    if (error instanceof SyntaxFailure) return { findings: [error.finding] };
    throw error;
  }
  const violations = validator.explain(tree, 20);
  if (violations.length > 0) {
    return {
      findings: violations.map(({ pointer, message }) => ({
        ...placeOf(origins, tree, pointer, file),
        rule: 'upstream-manifest',
        severity: 'error',
        message: `${pointer || 'The manifest'}: ${message}`,
      })),
    };
  }
  const manifest = tree as unknown as Manifest;
  const theirs = await readTarget(manifest, file, { contract, root });
  if (!('operations' in theirs)) return theirs;
  const parts = { manifest, contract, target: theirs, owned };
  const faults = [...checkManifest(parts), ...addressFaults(manifest), ...lookUpFaults(manifest, parts)];
  if (faults.length === 0) return { manifest, target: theirs };
  return {
    findings: faults.map(({ at, rule, message, fix }) => ({
      ...origins.at(at),
      rule,
      severity: 'error',
      message,
      fix,
    })),
  };
}

async function readTarget(
  manifest: Manifest,
  file: string,
  { contract, root }: { contract: Contract; root: string },
): Promise<Contract | { findings: Finding[] }> {
  if (manifest.target === undefined) return contract;
  const place = path.resolve(path.dirname(file), manifest.target);
  const { contract: target, findings } = await loadFile(place, { foreign: true, root });
  const errors = findings.filter(({ severity, rule }) => severity === 'error' && rule !== 'spec-structure');
  return target === undefined || errors.length > 0 ? { findings: errors } : target;
}

function addressFaults(manifest: Manifest): Fault[] {
  if ((manifest.baseUrl === undefined) !== (manifest.routes === undefined)) return [];
  const message = 'It must say where the upstream is: baseUrl, or routes with releases, and not both.';
  return [{ at: manifest, rule: 'upstream-address', message, fix: 'Add baseUrl: https://…, or { setting: name }.' }];
}

function lookUpFaults(manifest: Manifest, parts: Parameters<typeof checkLookUp>[2]): Fault[] {
  return Object.entries(manifest.operations ?? {}).flatMap(([name, { idempotency }]) =>
    typeof idempotency === 'object' && 'lookUp' in idempotency ? checkLookUp(name, idempotency.lookUp, parts) : [],
  );
}

/** The innermost object or array on the way to a pointer: those have places. */
function placeOf(
  origins: Origins,
  tree: JsonValue,
  pointer: string,
  file: string,
): Omit<Finding, 'rule' | 'severity' | 'message'> {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const node = valueAt(tree, at);
    if (isObject(node) || Array.isArray(node)) return { ...origins.at(node), pointer };
    if (at === '') return { file, pointer, line: 1, column: 1 };
  }
}
