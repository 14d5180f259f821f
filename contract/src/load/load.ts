// Text → contract: parse, bundle, upgrade, read. Pure: files come through `read`.

import type { Contract, EventType, Finding, JsonValue, ProblemType } from '../model/contract.ts';
import { Bundle } from './bundle.ts';
import { readEvents, readProblems } from './companions.ts';
import { checkExtensions } from './extensions.ts';
import { Origins } from './origin.ts';
import { parseText, SyntaxFailure } from './parse.ts';
import { isObject } from './pointer.ts';
import { readContract } from './read.ts';
import { dialectOf } from './structure/document.ts';
import { upgradeSwagger } from './swagger.ts';
import { upgrade } from './upgrade.ts';
import { normalPath } from './uri.ts';

export interface LoadOptions {
  /** Text of a file; rejects when there is none. Paths are the entry's and those its references name. */
  read: (path: string) => Promise<string>;
  /** Whose contract it is. Default: foreign unless `x-plinth.capability` stands in it. */
  foreign?: boolean;
  /** Companion files of a capability, read when given. */
  companions?: { events?: string; problems?: string };
}

export interface Loaded {
  /** Undefined when the text is no Swagger 2.0 or OpenAPI 3.0, 3.1 or 3.2 document at all. */
  contract?: Contract;
  findings: Finding[];
}

/**
 * Loads a contract. Never throws for bad input: what is wrong stands in `findings`; what cannot be used is set aside.
 * Limits: 32 MiB a file, 128 MiB in all, 2,000 files, depth 256, 1,000,000 values a file, 10,000 aliases (`load-limit`).
 */
export async function load(path: string, options: LoadOptions): Promise<Loaded> {
  const entry = normalPath(path);
  const origins = new Origins();
  const findings: Finding[] = [];
  const document = await readTree(entry, options, origins, findings);
  if (document === undefined) return { findings };
  const dialect = isObject(document) ? dialectOf(document) : undefined;
  if (!isObject(document) || !dialect) {
    findings.push({
      ...(isObject(document) ? origins.at(document) : { file: entry, pointer: '', line: 1, column: 1 }),
      rule: 'dialect-unsupported',
      severity: 'error',
      message: 'This is no Swagger 2.0 and no OpenAPI 3.0, 3.1 or 3.2 document.',
      fix: 'Begin it with the version it is written in, such as `openapi: 3.1.0`, or name another file.',
    });
    return { findings };
  }
  const source = { read: options.read, origins, findings };
  const bundle = new Bundle(entry, document, dialect, source);
  await bundle.localize();
  if (dialect === '2.0') upgradeSwagger(document, source);
  upgrade(document, dialect === '2.0' ? '3.0' : dialect, source);
  const foreign =
    options.foreign ?? !(isObject(document['x-plinth']) && typeof document['x-plinth']['capability'] === 'string');
  const { events, problems } = await readCompanions(options, bundle, source);
  checkExtensions(document, { origins, findings, foreign });
  const { unresolved } = bundle;
  const contract = readContract({ document, dialect, foreign, events, problems, origins, findings, unresolved });
  return { contract, findings };
}

async function readTree(
  file: string,
  options: LoadOptions,
  origins: Origins,
  findings: Finding[],
): Promise<JsonValue | undefined> {
  let text: string;
  try {
    text = await options.read(file);
  } catch (error) {
    findings.push({
      file,
      pointer: '',
      line: 1,
      column: 1,
      rule: 'syntax',
      severity: 'error',
      message: `${file} cannot be read: ${(error as Error).message}`,
    });
    return undefined;
  }
  try {
    return parseText(text, file, origins);
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    findings.push(error.finding);
    return undefined;
  }
}

async function readCompanions(
  options: LoadOptions,
  bundle: Bundle,
  { origins, findings }: { origins: Origins; findings: Finding[] },
): Promise<{ events: EventType[]; problems: ProblemType[] }> {
  const { companions = {} } = options;
  const open = async (file: string | undefined): Promise<JsonValue | undefined> =>
    file === undefined ? undefined : readTree(file, options, origins, findings);
  const report = { origins, findings };
  const [eventsTree, problemsTree] = [await open(companions.events), await open(companions.problems)];
  return {
    events:
      eventsTree === undefined ? [] : await readEvents(eventsTree, normalPath(companions.events ?? ''), bundle, report),
    problems: problemsTree === undefined ? [] : readProblems(problemsTree, companions.problems ?? '', report),
  };
}
