export * from './consents.ts';
export * from './migrate.ts';
export * from './migrations.ts';
export * from './relations.ts';
export * from './sessions.ts';
