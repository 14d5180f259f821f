// Many contracts as one catalogue: what there is, what there is twice, and how alike it is made.

import type { Contract } from '../model/contract.ts';
import { type Consistency, consistencyOf } from './consistency.ts';
import { type Dependency, dependenciesOf } from './dependencies.ts';
import { type Duplicates, duplicatesOf } from './duplicates.ts';
import {
  capabilitiesOf,
  type CapabilityEntry,
  type Entry,
  type EventEntry,
  eventsOf,
  type OperationEntry,
  operationsOf,
  type ResourceEntry,
  resourcesOf,
  schemasOf,
} from './entries.ts';

/** Plain data, ready for JSON. Of an API with several versions only the newest is looked into. */
export interface Catalogue {
  score: Score;
  capabilities: CapabilityEntry[];
  operations: OperationEntry[];
  resources: ResourceEntry[];
  schemas: Entry[];
  events: EventEntry[];
  dependencies: Dependency[];
  duplicates: Duplicates;
  consistency: Consistency[];
}

/** How well the contracts fit together, 0–100: the mean of its parts by weight. It says nothing of what they are for. */
export interface Score {
  total: number;
  parts: { part: 'consistency' | 'reuse' | 'ownership'; weight: number; score: number; because: string }[];
}

export interface CatalogueOptions {
  /** Similarity from which on two things are told to be alike, above 0 to 1. Default 0.8. */
  minSimilarity?: number;
}

/** Pure and in a stable order whatever the order of the contracts, except where two APIs have one title. */
export function catalogue(contracts: readonly Contract[], { minSimilarity = 0.8 }: CatalogueOptions = {}): Catalogue {
  const all = capabilitiesOf(contracts);
  const capabilities = all.map(({ capability }) => capability);
  const resources = resourcesOf(all);
  const schemas = all.flatMap((one) => schemasOf(one)).map(({ capability, name, at }) => ({ capability, name, at }));
  const duplicates = duplicatesOf(all, minSimilarity);
  const consistency = consistencyOf(all);
  return {
    score: scoreOf({ capabilities, schemas, duplicates, consistency }),
    capabilities,
    operations: all.flatMap((one) => operationsOf(one)),
    resources,
    schemas,
    events: all.flatMap((one) => eventsOf(one)),
    dependencies: dependenciesOf(all, resources),
    duplicates,
    consistency,
  };
}

function scoreOf({
  capabilities,
  schemas,
  duplicates,
  consistency,
}: Pick<Catalogue, 'capabilities' | 'schemas' | 'duplicates' | 'consistency'>): Score {
  const shares = consistency.map(({ share }) => share);
  const spare = duplicates.copies.reduce((sum, { schemas: group }) => sum + group.length - 1, 0);
  const owned = capabilities.filter(({ owner }) => owner !== undefined).length;
  const parts: Score['parts'] = [
    {
      part: 'consistency',
      weight: 0.6,
      score: percent(
        shares.reduce((sum, share) => sum + share, 0),
        shares.length,
      ),
      because: `mean share of the usual style over ${shares.length} matters`,
    },
    {
      part: 'reuse',
      weight: 0.2,
      score: percent(schemas.length - spare, schemas.length),
      because: `${spare} of ${schemas.length} schemas repeat another one exactly`,
    },
    {
      part: 'ownership',
      weight: 0.2,
      score: percent(owned, capabilities.length),
      because: `${owned} of ${capabilities.length} capabilities name who answers for them`,
    },
  ];
  return { total: Math.round(parts.reduce((sum, { weight, score }) => sum + weight * score, 0)), parts };
}

/** Of nothing, all is well. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.round((part / whole) * 100);
}
