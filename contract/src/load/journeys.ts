// Arazzo documents → journeys. Sources are read like any contract; what a step names is looked up in them.

import type { Contract, Finding, JsonObject, JsonValue } from '../model/contract.ts';
import type { Journey } from '../model/journey.ts';
import { JourneyReader, type JourneySource } from './journey-reader.ts';
import { Origins } from './origin.ts';
import { isObject, textOf } from './pointer.ts';
import { readTree } from './read-tree.ts';
import { examineDocument } from './structure/document.ts';
import { joinPath, normalPath } from './uri.ts';

export interface JourneyOptions {
  /** Text of a file; rejects when there is none. */
  read: (path: string) => Promise<string>;
  /** The contract at a source's path; undefined when it is none, which is a finding. Called once for each source. */
  contract: (path: string) => Promise<Contract | undefined>;
}

export interface LoadedJourneys {
  journeys: Journey[];
  findings: Finding[];
}

/**
 * Loads the journeys of an Arazzo 1.0 or 1.1 document. Never throws for bad input: what is wrong stands in `findings`
 * (`spec-structure` for its form, `ref-unresolved` for what it names in vain). Messages of AsyncAPI sources are not looked
 * up. Limits are those of `load`.
 */
export async function loadJourneys(path: string, options: JourneyOptions): Promise<LoadedJourneys> {
  const file = normalPath(path);
  const [origins, findings]: [Origins, Finding[]] = [new Origins(), []];
  const loading = { read: options.read, origins, findings };
  const tree = await readTree(file, loading);
  if (tree === undefined) return { journeys: [], findings };
  examineDocument(tree, { origins, findings, seen: new WeakSet() });
  if (!isObject(tree) || !Array.isArray(tree['workflows'])) return { journeys: [], findings };
  const sources: JourneySource[] = [];
  for (const node of Array.isArray(tree['sourceDescriptions']) ? tree['sourceDescriptions'] : [])
    if (isObject(node)) sources.push(await openSource(node, file, { ...options, origins, findings }));
  const reader = new JourneyReader({ document: tree, sources, origins, findings });
  return { journeys: reader.journeys(), findings };
}

async function openSource(
  node: JsonObject,
  home: string,
  loading: JourneyOptions & { origins: Origins; findings: Finding[] },
): Promise<JourneySource> {
  const [name, type] = [textOf(node['name']), textOf(node['type']) || 'openapi'];
  const path = joinPath(home, textOf(node['url']));
  if (type === 'asyncapi') return { name, type };
  if (type === 'openapi') {
    const contract = await loading.contract(path);
    if (contract) return { name, type, contract };
    reportSource(node, `The source ${name} cannot be read as a contract: ${path}.`, loading);
    return { name, type };
  }
  // The other document's journeys are its own; only their names count here.
  const other = await readTree(path, { ...loading, origins: new Origins(), findings: [] });
  if (other === undefined) reportSource(node, `The source ${name} cannot be read: ${path}.`, loading);
  return { name, type, ...(other === undefined ? {} : { workflows: workflowIds(other) }) };
}

function workflowIds(tree: JsonValue): ReadonlySet<string> {
  const workflows = isObject(tree) && Array.isArray(tree['workflows']) ? tree['workflows'] : [];
  return new Set(workflows.map((each) => (isObject(each) ? textOf(each['workflowId']) : '')));
}

function reportSource(node: JsonObject, message: string, to: { origins: Origins; findings: Finding[] }): void {
  to.findings.push({
    ...to.origins.at(node),
    rule: 'ref-unresolved',
    severity: 'error',
    message,
    fix: 'Correct its `url`; a path is relative to this document.',
  });
}
