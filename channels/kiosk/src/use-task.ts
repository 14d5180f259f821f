import {
  asProblem,
  type ContractCatalogue,
  type ContractOperation,
  inputSchema,
  useLookUps,
  usePlinth,
} from '@plinth/channels-ui';
import type { PlinthProblem } from '@plinth/client';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { stepsOf, withAnswers } from './steps.ts';

export type Outcome = { value: unknown } | { problem: PlinthProblem };

export interface TaskOptions {
  task: ContractOperation;
  catalogue: ContractCatalogue;
  audience: 'device' | 'customer';
  onEnd: () => void;
}

/** Where somebody is in a task: which question, what was answered, what came of it. */
export function useTask({ task, catalogue, audience, onEnd }: TaskOptions) {
  const { client } = usePlinth();
  const { schema, fixed } = useMemo(() => inputSchema(task, audience), [task, audience]);
  const steps = useMemo(() => stepsOf(schema, catalogue.document), [schema, catalogue.document]);
  const choices = useLookUps(task, catalogue);
  const [at, setAt] = useState(0);
  const [values, setValues] = useState<Record<string, unknown>>({});
  const [outcome, setOutcome] = useState<Outcome>();
  const [isBusy, setBusy] = useState(false);
  const key = useRef(crypto.randomUUID());
  const isRead = task.descriptor.effect === 'read';
  const run = useCallback(
    async (input: Readonly<Record<string, unknown>>): Promise<void> => {
      setBusy(true);
      try {
        const value = await client.call(task.descriptor, { ...fixed, ...input }, isRead ? {} : { key: key.current });
        setOutcome({ value });
      } catch (error) {
        setOutcome({ problem: asProblem(error) });
      } finally {
        setBusy(false);
      }
    },
    [client, task, fixed, isRead],
  );
  // What needs no answer is done at once.
  const isReady = isRead && steps.length === 0;
  useEffect(() => {
    if (isReady) queueMicrotask(() => void run({}));
  }, [isReady, run]);
  const answer = (answers: Readonly<Record<string, unknown>>): void => {
    const input = withAnswers(values, answers);
    setValues(input);
    if (isRead && at + 1 === steps.length) void run(input);
    else setAt(at + 1);
  };
  const back = (): void => {
    if (outcome) {
      setOutcome(undefined);
      setAt(0);
    } else if (at === 0) onEnd();
    else setAt(at - 1);
  };
  return {
    schema,
    choices,
    values,
    outcome,
    isBusy,
    isRead,
    /** undefined: all is answered. */
    step: steps[at],
    /** From 1. */
    place: at + 1,
    /** The read-back of a change is a step too. */
    total: steps.length + (isRead ? 0 : 1),
    answer,
    back,
    confirm: () => void run(values),
  };
}
