// Which reactions a platform of this version runs, for commands that look at cursors.

import { signalReactions } from '@plinth/runtime';
import { revocationReaction } from '../identity.ts';
import { storedCapabilities } from './with-database.ts';

/** Their names. */
export function knownReactions(): ReadonlySet<string> {
  const capabilities = storedCapabilities();
  const reactions = [
    ...capabilities.flatMap((capability) => capability.reactions ?? []),
    ...signalReactions(capabilities.flatMap(({ workflows = [] }) => workflows)),
    revocationReaction,
  ];
  return new Set(reactions.map(({ name }) => name));
}
