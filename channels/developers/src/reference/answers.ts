import { type ContractCatalogue, type ContractOperation, resolve } from '@plinth/channels-ui';

/** Answers of an operation by status, as the served document says them. */
export function answersOf(operation: ContractOperation, { document }: ContractCatalogue): Record<string, unknown> {
  const paths = document['paths'] as
    | Record<string, Record<string, { responses?: Record<string, unknown> }>>
    | undefined;
  const node = paths?.[operation.descriptor.path]?.[operation.descriptor.method.toLowerCase()];
  return Object.fromEntries(
    Object.entries(node?.responses ?? {}).map(([status, answer]) => [status, resolve(answer, document)]),
  );
}
