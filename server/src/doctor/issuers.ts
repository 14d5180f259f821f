// Issuers of the enterprise: whether this machine gets their keys, by the same guarded client as a platform. One whose
// keys are missing keeps the platform from getting ready, and nobody with its tokens gets in.

import { MemoryLimitStore } from '@plinth/adapters/memory';
import { createEgress } from '@plinth/runtime';
import { Authenticator } from '@plinth/runtime/pipeline';
import { type Config, readConfig } from '../config.ts';
import { finding, type PreparedFinding } from './finding.ts';

const withinMs = 5_000;

export async function examineIssuers(
  config: Pick<Config, 'outside' | 'allowedPrivateHosts'> = readConfig({ demo: false }),
): Promise<PreparedFinding[]> {
  const issuers = config.outside?.issuers ?? [];
  if (issuers.length === 0) return [];
  const egress = createEgress({ allowed: config.allowedPrivateHosts, totalTimeoutMs: withinMs });
  const authenticator = new Authenticator({ issuers, egress, limits: new MemoryLimitStore() });
  try {
    await authenticator.start();
    const { missing } = authenticator;
    const found = `keys of ${issuers.length - missing.length} of ${issuers.length}`;
    return [
      finding(
        'issuers',
        missing.length === 0 ? 'ok' : 'bad',
        missing.length === 0 ? found : `${found}, not of ${missing.join(', ')}`,
        'see that jwksUri can be had from here; a private address stands in PLINTH_ALLOWED_PRIVATE_HOSTS',
      ),
    ];
  } finally {
    authenticator.close();
  }
}
