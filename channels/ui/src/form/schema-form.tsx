import type { PlinthProblem } from '@plinth/client';
import { type ReactNode, type SyntheticEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Document, Schema } from '../contracts/schema.ts';
import { ProblemPanel } from '../data/problem-panel.tsx';
import { asProblem } from '../data/view.tsx';
import { Button } from '../primitives/button.tsx';
import type { Choice } from '../primitives/inputs.tsx';
import { check, type FormErrors } from './check.ts';
import { ErrorSummary } from './error-summary.tsx';
import { FormContext, type FormState } from './form-context.ts';
import { withValue } from './pointer.ts';
import { SchemaMembers } from './schema-field.tsx';
import { startValues, tidyValues } from './values.ts';

export interface SchemaFormProps {
  /** An object schema; its members become the fields. */
  schema: Schema;
  /** Where references of the schema lead. */
  document?: Document;
  initial?: unknown;
  choices?: Readonly<Record<string, readonly Choice[]>>;
  /** Verb + object. */
  submitLabel: string;
  isCritical?: boolean;
  /** Kept in this tab until the form is sent, so that input survives a reload. */
  draftKey?: string;
  /** Beside the button. */
  secondary?: ReactNode;
  /** Rejects with a PlinthProblem: its `errors` are shown at their fields, the rest above the form. */
  onSubmit: (values: unknown) => Promise<void>;
  /** Prefix of the pointers in the server's `errors`: `/body` when the body is one member of this form. */
  bodyPointer?: string;
}

/** Thrown by `onSubmit` when the person changed their mind: nothing failed, the form stays as it is. */
export class NotSent extends Error {}

const none: FormErrors = new Map();

/** A form made of a contract's schema. Same checks as the contract; the server's violations land at the same fields. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, document = {}, choices = {}, bodyPointer = '' } = props;
  const id = useId();
  const summary = useRef<HTMLDivElement>(null);
  const [values, setValues] = useState<unknown>(
    () => draftOf(props.draftKey) ?? props.initial ?? startValues(schema, document) ?? {},
  );
  const [errors, setErrors] = useState<FormErrors>(none);
  const [problem, setProblem] = useState<PlinthProblem>();
  const [isBusy, setBusy] = useState(false);
  const [faults, setFaults] = useState(0);
  useEffect(() => {
    if (faults > 0) summary.current?.focus();
  }, [faults]);
  const state = useMemo<FormState>(
    () => ({
      id,
      document,
      values,
      errors,
      choices,
      setValue: (pointer, value) =>
        setValues((before: unknown) => {
          const next = withValue(before, pointer, value);
          keepDraft(props.draftKey, next);
          return next;
        }),
    }),
    [id, document, values, errors, choices, props.draftKey],
  );

  const show = (found: FormErrors, refusal?: PlinthProblem): void => {
    setErrors(found);
    setProblem(refusal);
    if (found.size > 0 || refusal) setFaults((count) => count + 1);
  };
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    const tidy = tidyValues(schema, values, document) ?? {};
    const found = check(schema, tidy, document);
    show(found);
    if (found.size > 0) return;
    setBusy(true);
    try {
      await props.onSubmit(tidy);
      keepDraft(props.draftKey, undefined);
    } catch (error) {
      if (error instanceof NotSent) return;
      const refusal = asProblem(error);
      const violations = violationsOf(refusal, bodyPointer);
      show(violations, violations.size > 0 ? undefined : refusal);
    } finally {
      setBusy(false);
    }
  };

  return (
    <FormContext value={state}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-24">
        <div ref={summary} tabIndex={-1} className="outline-none empty:hidden">
          {errors.size > 0 && <ErrorSummary formId={id} errors={errors} />}
          {problem && (
            <div className="rounded-card border border-critical">
              <ProblemPanel problem={problem} />
            </div>
          )}
        </div>
        <SchemaMembers schema={schema} pointer="" />
        <div className="flex flex-wrap items-center gap-12">
          <Button type="submit" variant={props.isCritical ? 'critical' : 'primary'} busy={isBusy}>
            {props.submitLabel}
          </Button>
          {props.secondary}
        </div>
      </form>
    </FormContext>
  );
}

function violationsOf(problem: PlinthProblem, bodyPointer: string): FormErrors {
  return new Map(
    problem.errors.map((violation) => {
      const pointer =
        violation.pointer.startsWith('/') || violation.pointer === '' ? violation.pointer : `/${violation.pointer}`;
      return [violation.in === 'body' ? bodyPointer + pointer : pointer, violation.message] as const;
    }),
  );
}

function draftOf(key: string | undefined): unknown {
  if (key === undefined) return undefined;
  try {
    return JSON.parse(sessionStorage.getItem(`draft:${key}`) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** A chosen file cannot be chosen again by us. */
function withoutFiles(_name: string, value: unknown): unknown {
  return value instanceof Blob ? undefined : value;
}

function keepDraft(key: string | undefined, values: unknown): void {
  if (key === undefined) return;
  try {
    if (values === undefined) sessionStorage.removeItem(`draft:${key}`);
    else sessionStorage.setItem(`draft:${key}`, JSON.stringify(values, withoutFiles));
  } catch {
    // Storage is full or refused: the form works without a draft.
  }
}
