// The key that signs checkpoints of the audit chain: the configured one, or one of the data folder, made when there is
// none. It stands outside the database, so that whoever can write there cannot sign there. Several machines on one
// database share a configured key.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type AuditKey, newAuditKey, readAuditKey } from '@plinth/runtime';
import { type Config, ConfigError } from './config.ts';
import { keyOfFile } from './key-file.ts';

const fileName = 'audit-key.pem';

/** Throws ConfigError when the key cannot be used. An ephemeral deployment has a key of its own, kept nowhere. */
export function openAuditKey(config: Pick<Config, 'auditKey' | 'dataFolder' | 'ephemeral'>): AuditKey {
  if (config.auditKey !== undefined) return readConfigured(config.auditKey, 'PLINTH_AUDIT_KEY');
  if (config.ephemeral) return readAuditKey(newAuditKey());
  const file = path.join(config.dataFolder, fileName);
  return readConfigured(keyOfFile(file, newAuditKey), file);
}

/** The keys checkpoints may be signed with: the present one when there is one, and those given as PEM. */
export function knownAuditKey(config: Pick<Config, 'auditKey' | 'dataFolder'>): AuditKey | undefined {
  if (config.auditKey !== undefined) return readConfigured(config.auditKey, 'PLINTH_AUDIT_KEY');
  const file = path.join(config.dataFolder, fileName);
  return existsSync(file) ? readConfigured(readFileSync(file, 'utf8'), file) : undefined;
}

function readConfigured(pem: string, place: string): AuditKey {
  try {
    return readAuditKey(pem);
  } catch {
    throw new ConfigError(
      'PLINTH_AUDIT_KEY',
      `${place} is not a private Ed25519 key in PEM`,
      'Make one: openssl genpkey -algorithm ed25519 -out audit-key.pem, and set PLINTH_AUDIT_KEY_FILE.',
    );
  }
}
