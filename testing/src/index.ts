// What tests of any package share: databases, laws of the ports, services of the machine, sign-in over HTTP.

export { Client as AuditClient, type TokenIssue, Tokens as AuditTokens } from './audit/ask.ts';
export { atEase } from './at-ease.ts';
export { audit, type Audited, auditStart, type AuditStart, type Elsewhere, type Finding } from './audit/auditor.ts';
export { clientProgram, type ClientSettings, questionOf } from './audit/client.ts';
export { type Act, readJournal } from './audit/journal.ts';
export type { WorkloadAccount, WorkloadWorld } from './audit/workload.ts';
export type { ChaosContext, ChaosOutcome, ChaosSuite } from './chaos.ts';
export { type DatabaseUnderTest, databaseLaws } from './conformance/database.ts';
export { filesLaws, type FilesUnderTest } from './conformance/files.ts';
export { limitStoreLaws } from './conformance/limit-store.ts';
export { type MailUnderTest, mailLaws } from './conformance/mail.ts';
export { Browser, type Visited } from './cookies.ts';
export {
  aDatabase,
  anEmptyDatabase,
  aPreparedDatabase,
  dropLeftDatabases,
  dropTestDatabases,
  type TestDatabase,
} from './database.ts';
export { type Balancer, openBalancer } from './balancer.ts';
export { type DnsRecord, type DnsServer, openDnsServer } from './dns-server.ts';
export { type FaultProxy, type LineFaults, openFaultProxy } from './fault-proxy.ts';
export { eventually, type Law } from './law.ts';
export {
  askForTokens,
  OAuthRefusal,
  passPages,
  refreshedTokens,
  sessionOf,
  type SignInOptions,
  type Tokens,
  tokensFor,
} from './oauth.ts';
export { catchOutput, type Said } from './output.ts';
export { openRawClient, type RawClient } from './raw-client.ts';
export { service, type Service, type ServiceName } from './services.ts';
export { serverUrl } from './server.ts';
export { zipOf } from './zip.ts';
