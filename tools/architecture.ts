// Checks the import table (layers.ts) over every source file. A violation says what to do instead.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { exceptions, layers, runtimeFolders } from './layers.ts';
import { root, type SourceFile } from './source.ts';

export interface Violation {
  file: string;
  message: string;
}

export interface Check {
  violations: Violation[];
  /** What was looked at: a check that sees nothing must not pass. */
  files: number;
  edges: number;
}

/** Folders outside the layers: whole-system tests, benches, tools and examples may import anything by name. */
const free = ['test/', 'bench/', 'tools/', 'examples/'];

export function checkArchitecture(files: readonly SourceFile[]): Check {
  const violations: Violation[] = [];
  let edges = 0;
  for (const file of files) {
    const layer = layerOf(file.path);
    violations.push(...checkOutbound(file));
    for (const specifier of file.imports) {
      edges += 1;
      const message = layer ? judge(file, layer, specifier) : judgeDeclared(file, specifier);
      if (message) violations.push({ file: file.path, message });
    }
  }
  return { violations, files: files.length, edges };
}

/** Packages whose code may reach other machines, except where `outbound` says so; adapters are for that. */
const inward = ['runtime/', 'capabilities/', 'server/'];

/** Files that open connections by themselves, each with the reason. */
const outbound: Readonly<Record<string, string>> = {
  'runtime/src/security/egress.ts': 'the guarded client itself',
  'server/src/mock/upstream.ts': 'a mock forwards to the service that its user named',
  'server/src/mock/test-mock.ts': 'calls the mock under test',
  'server/src/cli/test-facts.ts': 'listens to the service that its user named',
  'server/src/cli/test-target.ts': 'calls the service that its user named',
  'server/src/doctor/machine.ts': 'looks whether a port of this machine answers',
  'server/src/contracts/fetch-text.ts': 'reads a contract from where its user says',
  'server/src/cli/drain.ts': 'asks a process of this machine, on loopback',
  'runtime/src/pipeline/cache/test-shop.ts': 'calls the edge under test',
  'runtime/src/operations/jobs/test-jobs.ts': 'calls the edge under test',
};

const dialling =
  /(?<![.\w])fetch\(|\bimport \{[^}]*\b(request|get|connect|createConnection|Agent)\b[^}]*\} from 'node:(https?|http2|net|tls)'|import (\w+|\* as \w+) from 'node:(https?|http2|net|tls)'|from '(undici|node:dgram)'/;

/** An outside address is reached through the guard, or by an adapter. */
function checkOutbound({ path: file, text }: SourceFile): Violation[] {
  if (!inward.some((prefix) => file.startsWith(prefix)) || isTest(file) || file in outbound) return [];
  return dialling.test(text)
    ? [{ file, message: 'opens connections by itself. Use the guarded client (createEgress), or an adapter.' }]
    : [];
}

function layerOf(file: string): string | undefined {
  return Object.keys(layers).find((name) => file.startsWith(`${(layers[name] as { folder: string }).folder}/`));
}

/** `capabilities/orders`, `adapters/oidc`, else the layer itself. */
function unitOf(file: string): string {
  const layer = layerOf(file) ?? file.split('/', 1)[0] ?? '';
  return layers[layer]?.units ? file.split('/').slice(0, 2).join('/') : layer;
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.endsWith('.test.tsx');
}

function judge(file: SourceFile, layer: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return judgeRelative(file, layer, specifier);
  if (!specifier.startsWith('@plinth/')) return judgeDeclared(file, specifier);
  const target = specifier.slice('@plinth/'.length).replace(/^channels-/, 'channels/');
  const unit = unitOf(file.path);
  const allowed = [
    ...(layers[layer]?.may ?? []),
    ...exceptions.filter((entry) => entry.unit === unit).map((entry) => entry.may),
  ];
  if (isTest(file.path)) allowed.push('testing', 'contract', 'runtime', 'runtime/pipeline');
  const own = layer === 'channels/ui' ? 'channels/ui' : undefined;
  if (target === own || allowed.some((may) => covers(may, target))) return judgeDeclared(file, specifier);
  if (layer === 'capabilities' && target.startsWith('capabilities/')) return siblingMessage(target);
  return `imports ${specifier}, but ${layer} may import: ${allowed.join(', ') || 'nothing of ours'}. Move the code, or take the value as an argument.`;
}

/** All faces of the pipeline. */
function isPipeline(target: string): boolean {
  return target === 'runtime/pipeline' || target.startsWith('runtime/pipeline/');
}

/** Entries are whole packages; runtime's pipeline is a face of its own that only the server sees. */
function covers(may: string, target: string): boolean {
  return target === may || (target.startsWith(`${may}/`) && (may !== 'runtime' || !isPipeline(target)));
}

function siblingMessage(target: string): string {
  return `imports ${target}. Capabilities never import one another: react to its event, or call its operation with ctx.call('<capability>.<operationId>', …).`;
}

function judgeRelative(file: SourceFile, layer: string, specifier: string): string | undefined {
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file.path), specifier));
  const from = unitOf(file.path);
  const to = unitOf(target);
  if (layerOf(target) !== layer) return `reaches ${target} by path. Import the package by its name, through its index.`;
  if (from !== to && !exceptions.some((entry) => entry.unit === from && entry.may === to)) return siblingMessage(to);
  if (layer === 'runtime' && !isTest(file.path)) return judgeRuntime(file.path, target);
  return undefined;
}

function judgeRuntime(file: string, target: string): string | undefined {
  const [from, to] = [file, target].map((name) => /^runtime\/src\/(\w+)\//.exec(name)?.[1]);
  if (!from || !to || from === to) return undefined;
  const may = runtimeFolders[from];
  if (!may)
    return `stands in runtime/src/${from}, which tools/layers.ts does not know. Add the folder there with what it may import.`;
  return may.includes(to)
    ? undefined
    : `imports runtime/src/${to}; runtime/src/${from} may import: ${may.join(', ') || 'nothing'}.`;
}

const declared = new Map<string, Set<string>>();

/** A bare import must stand in the nearest package.json: npm hoists, so a missing one resolves by luck. */
function judgeDeclared(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:') || specifier.startsWith('virtual:')) return undefined;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const folder = nearestPackage(path.posix.dirname(file.path));
  const own = dependenciesOf(folder);
  if (
    own.has(name) ||
    ((isTest(file.path) || free.some((prefix) => file.path.startsWith(prefix))) &&
      (dependenciesOf('.').has(name) || name.startsWith('@plinth/')))
  )
    return undefined;
  return `imports ${name}, which ${folder}/package.json does not list. Add it there.`;
}

function nearestPackage(folder: string): string {
  let current = folder;
  while (current !== '.' && !existsSync(path.join(root, current, 'package.json')))
    current = path.posix.dirname(current);
  return current;
}

function dependenciesOf(folder: string): Set<string> {
  const known = declared.get(folder);
  if (known) return known;
  const text = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string> | string
  >;
  const names = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((key) =>
    Object.keys((text[key] as Record<string, string> | undefined) ?? {}),
  );
  const set = new Set([...names, text['name'] as unknown as string]);
  declared.set(folder, set);
  return set;
}

/** The table of ARCHITECTURE.md. */
export function printTable(): string {
  const rows = Object.entries(layers).map(
    ([name, layer]) => `| \`${name}\` | ${layer.may.join(', ') || 'nothing of ours'} | ${layer.purpose} |`,
  );
  const extra = exceptions.map((entry) => `- \`${entry.unit}\` also \`${entry.may}\`: ${entry.because}.`);
  return ['| package | may import | what it is |', '|---|---|---|', ...rows, '', ...extra].join('\n');
}
