// Phase `examples`: every request example of the contract is sent as it stands.

import type { JsonValue, Media, Operation } from '../model/contract.ts';
import type { Job, Planning } from './plan.ts';
import type { Trial } from './trial.ts';

/** Examples of one operation. */
const mostExamples = 50;

export function exampleJobs({ operations }: Planning): Job[] {
  return operations.flatMap((operation): Job[] => {
    const shown = (operation.body?.media ?? []).flatMap((media) =>
      media.examples.map(({ value }) => ({ media, value })),
    );
    if (shown.length === 0) return [];
    const list = shown.slice(0, mostExamples);
    return [
      {
        phase: 'examples',
        operation,
        cases: list.length,
        test: (trial, index) => sendExample(trial, operation, list[index]),
      },
    ];
  });
}

async function sendExample(
  trial: Trial,
  operation: Operation,
  shown: { media: Media; value: JsonValue } | undefined,
): Promise<void> {
  if (!shown) return;
  const { builder, wire } = trial.bench;
  const call = builder.valid(operation, trial.draw, await trial.bind(operation));
  if (!call) return;
  const exact = { ...call, media: shown.media, body: shown.value };
  const request = wire.encode(exact);
  // Lint says when an example breaks its own schema.
  if (!request || wire.faults(operation, request).length > 0) return;
  trial.settle(await trial.send(exact, 'accept'));
}
