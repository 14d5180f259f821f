export * from './database.ts';
export * from './event-log.ts';
export * from './files.ts';
export * from './limit-store.ts';
export * from './mail.ts';
export * from './upstream.ts';
export * from './spans.ts';
