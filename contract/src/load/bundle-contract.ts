// A contract in one document (`plinth bundle`): what stands in other files becomes components with names of their own.

import type { Finding, JsonObject } from '../model/contract.ts';
import type { Audience } from '../model/policy.ts';
import { Bundle } from './bundle.ts';
import { dereference, referencesOf } from './dereference.ts';
import { type Loading, type LoadOptions, openEntry } from './load.ts';
import { Origins } from './origin.ts';
import { keepAudience, removeUnused } from './prune.ts';
import type { Dialect } from './structure/document.ts';
import { upgradeSwagger } from './swagger.ts';
import { upgrade } from './upgrade.ts';
import { normalPath } from './uri.ts';

export interface BundleOptions extends Omit<LoadOptions, 'companions'> {
  /** Written in this version of OpenAPI; a later one stays as it is. Default: the version it was written in. */
  upgrade?: '3.1' | '3.2';
  /** Only what this audience may call and see (`x-plinth.audience`), without components that nobody needs then. */
  audience?: Audience;
  /** What is referred to stands where it is used; only what contains itself stays a reference. */
  dereference?: boolean;
}

export interface Bundled {
  /** Undefined when there is no document, or a reference leads nowhere: half a contract is none. */
  document?: JsonObject;
  findings: Finding[];
}

/** Findings that make a bundle worthless. */
const fatal = new Set(['ref-unresolved', 'load-limit', 'syntax']);

/**
 * Bundles a contract: overlays applied, all references `#/components/<kind>/<name>` (in Swagger 2.0 `#/definitions/…`),
 * none into paths. Loading the result gives the same model. Never throws for bad input.
 */
export async function bundleContract(path: string, options: BundleOptions): Promise<Bundled> {
  const loading: Loading = { ...options, origins: new Origins(), findings: [] };
  const { findings } = loading;
  const opened = await openEntry(normalPath(path), loading);
  if (!opened) return { findings };
  const { document } = opened;
  const bundle = new Bundle(opened, loading, { named: true });
  await bundle.localize();
  if (findings.some(({ rule, severity }) => severity === 'error' && fatal.has(rule))) return { findings };
  const dialect = options.upgrade ? upgradeTo(options.upgrade, opened, loading) : opened.dialect;
  if (options.audience !== undefined) keepAudience(document, options.audience, options.foreign);
  if (options.dereference === true && !dereference(document, dialect)) {
    findings.push({
      ...loading.origins.at(document),
      rule: 'load-limit',
      severity: 'error',
      message: 'Without references the contract has more than 1,000,000 values.',
      fix: 'Leave --dereference out.',
    });
    return { findings };
  }
  if (options.audience !== undefined || options.dereference === true) removeUnused(document, dialect);
  return { document, findings };
}

/** What stands beside a reference means nothing before 3.1 and something after. */
function dropWords(document: JsonObject): void {
  for (const [node, kind] of referencesOf(document, '3.0'))
    if (kind !== 'PathItem') for (const key of Object.keys(node)) if (key !== '$ref') delete node[key];
}

function upgradeTo(
  wanted: '3.1' | '3.2',
  { document, dialect }: { document: JsonObject; dialect: Dialect },
  loading: Loading,
): Dialect {
  if (dialect === '2.0') upgradeSwagger(document, loading);
  if (dialect < '3.1') dropWords(document);
  upgrade(document, dialect === '2.0' ? '3.0' : dialect, loading);
  if (wanted === '3.1' || dialect === '3.2') return dialect === '3.2' ? '3.2' : '3.1';
  document['openapi'] = '3.2.0';
  return '3.2';
}
