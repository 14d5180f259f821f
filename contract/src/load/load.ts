// Text → contract: parse, overlay, bundle, upgrade, read. Pure: files come through `read`.

import type { Contract, EventType, Finding, JsonObject, JsonValue, ProblemType } from '../model/contract.ts';
import { Bundle } from './bundle.ts';
import { readEvents, readProblems } from './companions.ts';
import { checkExtensions } from './extensions.ts';
import { Origins } from './origin.ts';
import { applyOverlay } from './overlay.ts';
import { isObject } from './pointer.ts';
import { readTree } from './read-tree.ts';
import { readContract } from './read.ts';
import { type Dialect, dialectOf, examineDocument } from './structure/document.ts';
import { upgradeSwagger } from './swagger.ts';
import { upgrade } from './upgrade.ts';
import { isUri, joinPath, normalPath } from './uri.ts';

export interface LoadOptions {
  /** Text of a file; rejects when there is none. Paths are the entry's and those its references name. */
  read: (path: string) => Promise<string>;
  /** Whose contract it is. Default: foreign unless `x-plinth.capability` stands in it. */
  foreign?: boolean;
  /** Companion files of a capability, read when given. */
  companions?: { events?: string; problems?: string };
  /** Overlay files, applied to the entry in this order. */
  overlays?: readonly string[];
  /** An overlay action that meets nothing is an error instead of a warning. */
  strict?: boolean;
}

export interface Loaded {
  /** Undefined when the text is no Swagger 2.0 or OpenAPI 3.0, 3.1 or 3.2 document at all. */
  contract?: Contract;
  findings: Finding[];
}

/** The state of one load. */
export interface Loading extends LoadOptions {
  origins: Origins;
  findings: Finding[];
}

/**
 * Loads a contract, or an overlay together with what it extends. Never throws for bad input: what is wrong stands in
 * `findings`; what cannot be used is set aside.
 * Limits: 32 MiB a file, 128 MiB in all, 2,000 files, depth 256, 1,000,000 values, 10,000 aliases a file (`load-limit`).
 */
export async function load(path: string, options: LoadOptions): Promise<Loaded> {
  const loading: Loading = { ...options, origins: new Origins(), findings: [] };
  const { origins, findings } = loading;
  const opened = await openEntry(normalPath(path), loading);
  if (!opened) return { findings };
  const { document, dialect } = opened;
  const bundle = new Bundle(opened, loading);
  await bundle.localize();
  if (dialect === '2.0') upgradeSwagger(document, loading);
  upgrade(document, dialect === '2.0' ? '3.0' : dialect, loading);
  const foreign =
    options.foreign ?? !(isObject(document['x-plinth']) && typeof document['x-plinth']['capability'] === 'string');
  const { events, problems } = await readCompanions(bundle, loading);
  checkExtensions(document, { origins, findings, foreign });
  const { unresolved } = bundle;
  const contract = readContract({ document, dialect, foreign, events, problems, origins, findings, unresolved });
  return { contract, findings };
}

export interface Opened {
  entry: string;
  document: JsonObject;
  dialect: Dialect;
}

/** The contract as it was written, with its overlays applied. An overlay leads to what it extends. */
export async function openEntry(path: string, loading: Loading): Promise<Opened | undefined> {
  let [entry, tree] = [path, await readTree(path, loading)];
  const overlays: Overlay[] = [];
  if (isOverlay(tree) && typeof tree['extends'] === 'string') {
    overlays.push({ file: entry, tree });
    entry = joinPath(entry, tree['extends']);
    tree = await readTree(entry, loading);
  }
  if (tree === undefined) return undefined;
  for (const file of loading.overlays ?? []) {
    const overlay = await readTree(normalPath(file), loading);
    if (overlay !== undefined) overlays.push({ file: normalPath(file), tree: overlay });
  }
  if (isObject(tree) && !isOverlay(tree))
    for (const overlay of overlays) applyOne(overlay, { entry, document: tree }, loading);
  const dialect = isObject(tree) ? dialectOf(tree) : undefined;
  if (isObject(tree) && dialect) return { entry, document: tree, dialect };
  loading.findings.push({
    ...(isObject(tree) ? loading.origins.at(tree) : { file: entry, pointer: '', line: 1, column: 1 }),
    rule: 'dialect-unsupported',
    severity: 'error',
    message: 'This is no Swagger 2.0 and no OpenAPI 3.0, 3.1 or 3.2 document.',
    fix: isOverlay(tree)
      ? 'Say in the overlay what it extends, or name the contract and give the overlay by --overlay.'
      : 'Begin it with the version it is written in, such as `openapi: 3.1.0`, or name another file.',
  });
  return undefined;
}

interface Overlay {
  file: string;
  tree: JsonValue;
}

function isOverlay(tree: JsonValue | undefined): tree is JsonObject {
  return isObject(tree) && 'overlay' in tree;
}

/** One overlay; built wrongly it is not applied at all. */
function applyOne({ file, tree }: Overlay, to: { entry: string; document: JsonObject }, loading: Loading): void {
  const { origins, findings, strict = false } = loading;
  const before = findings.length;
  examineDocument(tree, { origins, findings, seen: new WeakSet() });
  if (findings.length > before || !isObject(tree)) return;
  const meant = typeof tree['extends'] === 'string' ? joinPath(file, tree['extends']) : to.entry;
  if (meant !== to.entry && !isUri(meant))
    findings.push({
      ...origins.at(tree),
      rule: 'overlay-no-match',
      severity: strict ? 'error' : 'warn',
      message: `The overlay is written for ${meant}.`,
      fix: 'Leave it out, or correct its `extends`.',
    });
  applyOverlay(to.document, tree, { origins, findings, strict });
}

async function readCompanions(
  bundle: Bundle,
  loading: Loading,
): Promise<{ events: EventType[]; problems: ProblemType[] }> {
  const { companions = {} } = loading;
  const open = async (file: string | undefined): Promise<JsonValue | undefined> =>
    file === undefined ? undefined : readTree(file, loading);
  const [eventsTree, problemsTree] = [await open(companions.events), await open(companions.problems)];
  return {
    events:
      eventsTree === undefined
        ? []
        : await readEvents(eventsTree, normalPath(companions.events ?? ''), bundle, loading),
    problems: problemsTree === undefined ? [] : readProblems(problemsTree, companions.problems ?? '', loading),
  };
}
