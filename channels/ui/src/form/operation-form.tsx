import { useQueries } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import type { ContractCatalogue, ContractOperation } from '../contracts/catalogue.ts';
import { choicesOf } from '../contracts/look-up.ts';
import { type Schema, typeOf } from '../contracts/schema.ts';
import { DescriptionList } from '../data/description-list.tsx';
import { usePlinth } from '../platform/plinth.tsx';
import { Button } from '../primitives/button.tsx';
import { Dialog } from '../primitives/dialog.tsx';
import type { Choice } from '../primitives/inputs.tsx';
import { words } from '../words/words.ts';
import { actName, readBack } from './read-back.tsx';
import { NotSent, SchemaForm } from './schema-form.tsx';
import { startValues } from './values.ts';

export interface OperationFormProps {
  operation: ContractOperation;
  catalogue: ContractCatalogue;
  /** Values to start with, in the operation's input shape. */
  initial?: Readonly<Record<string, unknown>> | undefined;
  /** Who fills it in: members for others are left out. */
  audience: 'customer' | 'staff' | 'device' | 'partner';
  onDone: (answer: unknown, input: Readonly<Record<string, unknown>>) => void;
  submitLabel?: string;
  /** Members of the body that are not asked: undefined leaves them out. Keep the object the same between renders. */
  preset?: Readonly<Record<string, unknown>>;
}

interface Asked {
  values: unknown;
  answer: (isYes: boolean) => void;
}

/** Any operation as a form: its parameters and body, looked-up choices, checks, and the call with one key. */
export function OperationForm(props: OperationFormProps) {
  const { operation, catalogue, initial, audience, onDone, submitLabel, preset } = props;
  const { client } = usePlinth();
  const { schema, fixed } = useMemo(() => inputSchema(operation, audience, preset), [operation, audience, preset]);
  const choices = useLookUps(operation, catalogue);
  const [asked, setAsked] = useState<Asked>();
  // One key until it was done: pressing again after a lost answer does not act twice.
  const key = useRef(crypto.randomUUID());
  const start = useMemo(
    () => merged(startValues(schema, catalogue.document), initial),
    [schema, catalogue.document, initial],
  );
  const { effect } = operation.descriptor;
  const call = async (values: unknown): Promise<void> => {
    if (effect === 'destructive') {
      const isYes = await new Promise<boolean>((answer) => setAsked({ values, answer }));
      setAsked(undefined);
      if (!isYes) throw new NotSent();
    }
    const input = merged(fixed, values as Record<string, unknown>);
    const answer = await client.call(operation.descriptor, input, effect === 'read' ? {} : { key: key.current });
    key.current = crypto.randomUUID();
    onDone(answer, input);
  };
  return (
    <>
      <SchemaForm
        schema={schema}
        document={catalogue.document}
        initial={start}
        choices={choices}
        bodyPointer="/body"
        submitLabel={submitLabel ?? operation.title}
        isCritical={effect === 'destructive'}
        {...(effect === 'read' ? {} : { draftKey: operation.key })}
        onSubmit={call}
      />
      {asked && (
        <Dialog
          open
          onClose={() => asked.answer(false)}
          title={`${actName(operation, asked.values, choices)}?`}
          actions={
            <>
              <Button variant="critical" onClick={() => asked.answer(true)}>
                {actName(operation, asked.values, choices)}
              </Button>
              <Button onClick={() => asked.answer(false)}>{words.goBack}</Button>
            </>
          }
        >
          <DescriptionList
            figures
            entries={readBack({ schema, values: asked.values, document: catalogue.document, choices })}
          />
        </Dialog>
      )}
    </>
  );
}

/** True when nothing needs to be asked: the operation can be called at once. */
export function needsNothing(operation: ContractOperation, audience: OperationFormProps['audience']): boolean {
  return operation.descriptor.effect === 'read' && required(inputSchema(operation, audience).schema).length === 0;
}

function required(schema: Schema): unknown[] {
  return Array.isArray(schema['required']) ? schema['required'] : [];
}

const paging = new Set(['limit', 'cursor']);

/** Parameters and body as one object schema; `fixed` are values the caller's own identity gives. */
export function inputSchema(
  operation: ContractOperation,
  audience: OperationFormProps['audience'],
  preset: Readonly<Record<string, unknown>> = {},
): { schema: Schema; fixed: Record<string, unknown> } {
  const fixed: Record<string, unknown> = {};
  const members: Record<string, unknown> = {};
  const needed: string[] = [];
  for (const param of operation.params) {
    if (operation.descriptor.paging && paging.has(param.name)) continue;
    if (param.in === 'header' || param.in === 'cookie') continue;
    if (audience === 'customer' && param.name === 'customerId' && param.isRequired) {
      fixed[param.name] = 'me';
      continue;
    }
    if (isForOthers(param.description, audience)) continue;
    const description = param.description === '' ? {} : { description: param.description };
    members[param.name] = { ...description, ...param.schema };
    if (param.isRequired) needed.push(param.name);
  }
  if (operation.body && typeOf(operation.body.schema) === 'object') {
    members['body'] = bodyFor(operation.body.schema, audience, preset);
    const given = Object.entries(preset).filter((entry) => entry[1] !== undefined);
    if (given.length > 0) fixed['body'] = Object.fromEntries(given);
    if (operation.body.isRequired) needed.push('body');
  }
  return { schema: { type: 'object', properties: members, required: needed }, fixed };
}

function bodyFor(
  body: Schema,
  audience: OperationFormProps['audience'],
  preset: Readonly<Record<string, unknown>>,
): Schema {
  const members = (body['properties'] ?? {}) as Record<string, Schema>;
  const kept = Object.entries(members).filter(
    ([name, member]) => !(name in preset) && !isForOthers(member['description'], audience),
  );
  return { ...body, properties: Object.fromEntries(kept) };
}

/** Contracts begin the description of a member with the callers it is for, when not all may give it. */
function isForOthers(description: unknown, audience: OperationFormProps['audience']): boolean {
  const only = /^(Staff|Services|Partners)( and (staff|services|partners))? only\b/i.exec(
    typeof description === 'string' ? description : '',
  );
  if (!only) return false;
  return !(audience === 'staff' && /staff/i.test(only[0]));
}

/** Choices among the caller's own things, by pointer; none while they are read. A list that cannot be read leaves a text field. */
export function useLookUps(
  operation: ContractOperation,
  catalogue: ContractCatalogue,
): Record<string, readonly Choice[]> {
  const { client } = usePlinth();
  const entries = Object.entries(operation.lookUps);
  return useQueries({
    queries: entries.map(([, lookUp]) => ({
      queryKey: ['look-up', operation.capability, lookUp.operation],
      queryFn: async (): Promise<unknown> => {
        const source =
          catalogue.byKey(lookUp.operation) ?? catalogue.byKey(`${operation.capability}.${lookUp.operation}`);
        return source ? client.call(source.descriptor, { limit: 100 }) : undefined;
      },
      retry: false,
    })),
    combine: (results) => {
      const found = entries.flatMap(([name, lookUp], index) => {
        const result = results[index];
        const choices = choicesOf(result?.data, { ...lookUp, items: lookUp.items ?? 'items' });
        // Nothing to choose from yet: a text field would change under the hands of whoever fills it in.
        const isComing = result?.isPending === true;
        return choices.length > 0 || isComing ? [[lookUpPointer(operation, name), choices] as const] : [];
      });
      return Object.fromEntries(found);
    },
  });
}

/** Contracts name a member of the body with or without `body.` before it. */
function lookUpPointer(operation: ContractOperation, name: string): string {
  const pointer = `/${name.replaceAll('.', '/')}`;
  const isNamed = pointer.startsWith('/body/') || operation.params.some((param) => param.name === name);
  return isNamed ? pointer : `/body${pointer}`;
}

function merged(start: unknown, initial: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const base = (typeof start === 'object' && start !== null ? start : {}) as Record<string, unknown>;
  if (!initial) return base;
  const body = initial['body'];
  return {
    ...base,
    ...initial,
    ...(typeof body === 'object' && body !== null
      ? { body: { ...(base['body'] as object | undefined), ...body } }
      : {}),
  };
}
