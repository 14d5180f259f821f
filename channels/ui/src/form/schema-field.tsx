import { Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import {
  isFileSchema,
  isMoneySchema,
  labelOf,
  policyOf,
  properties,
  required,
  resolve,
  type Schema,
  typeOf,
} from '../contracts/schema.ts';
import { isMoney } from '../format/money.ts';
import { Button, IconButton } from '../primitives/button.tsx';
import { Field, FieldError } from '../primitives/field.tsx';
import { FileInput, Select } from '../primitives/inputs.tsx';
import { MoneyInput } from '../primitives/money-input.tsx';
import { Checkbox } from '../primitives/toggles.tsx';
import { humanize } from '../words/humanize.ts';
import { words } from '../words/words.ts';
import { labelFor } from './check.ts';
import { controlId, useFormState } from './form-context.ts';
import { join, valueAt } from './pointer.ts';
import { TextControl } from './text-control.tsx';
import { emptyOf, isFree } from './values.ts';

export interface SchemaFieldProps {
  schema: Schema;
  pointer: string;
  name: string;
  isRequired: boolean;
}

/** One member of a schema: a control, a group, a list or a choice between shapes. */
export function SchemaField(props: SchemaFieldProps): ReactNode {
  const form = useFormState();
  const { schema, pointer, name, isRequired } = props;
  const type = typeOf(schema);
  if (Array.isArray(schema['oneOf'] ?? schema['anyOf'])) return <BranchField {...props} />;
  if (schema['const'] !== undefined) return null;
  if (isMoneySchema(schema)) return <MoneyField {...props} />;
  if (type === 'object' && !isFree(schema)) return <GroupField {...props} />;
  if (type === 'array') return <ListField {...props} />;
  const value = valueAt(form.values, pointer);
  const label = labelFor(schema, name);
  if (type === 'boolean' && !Array.isArray(schema['enum']))
    return (
      <Checkbox
        id={controlId(form.id, pointer)}
        label={label}
        hint={hintOf(schema)}
        checked={value === true}
        onChange={(event) => form.setValue(pointer, event.target.checked)}
      />
    );
  const choices = form.choices[pointer] ?? enumChoices(schema);
  return (
    <Field
      label={label}
      hint={hintOf(schema)}
      error={form.errors.get(pointer)}
      required={isRequired}
      id={controlId(form.id, pointer)}
    >
      {(control) =>
        choices ? (
          <Select
            {...control}
            choices={choices}
            placeholder={isRequired ? 'Choose' : words.none}
            value={typeof value === 'string' || typeof value === 'number' ? String(value) : ''}
            onChange={(event) => form.setValue(pointer, original(schema, event.target.value))}
            className="max-w-[28rem]"
          />
        ) : isFileSchema(schema) ? (
          <FileInput
            {...control}
            accept={typeof schema['contentMediaType'] === 'string' ? schema['contentMediaType'] : undefined}
            onChange={(event) => form.setValue(pointer, event.target.files?.[0])}
          />
        ) : (
          <TextControl
            control={control}
            schema={schema}
            value={value}
            onChange={(typed) => form.setValue(pointer, typed)}
          />
        )
      }
    </Field>
  );
}

/** Members in the contract's order; `x-plinth.form.order` comes first. */
export function SchemaMembers({ schema, pointer }: { schema: Schema; pointer: string }) {
  const { document } = useFormState();
  const order = ((policyOf(schema)['form'] as { order?: string[] } | undefined)?.order ?? []).toReversed();
  const entries = Object.entries(properties(schema)).toSorted(
    ([left], [right]) => order.indexOf(right) - order.indexOf(left),
  );
  return entries.map(([name, member]) => (
    <SchemaField
      key={name}
      schema={resolve(member, document)}
      pointer={join(pointer, name)}
      name={name}
      isRequired={required(schema).includes(name)}
    />
  ));
}

function GroupField({ schema, pointer, name, isRequired }: SchemaFieldProps) {
  // The body is how a request travels, not something people enter: its members stand beside the parameters.
  if (pointer === '/body') return <SchemaMembers schema={schema} pointer={pointer} />;
  return (
    <fieldset className="min-w-0">
      <legend className="mb-8 font-semibold">
        {labelFor(schema, name)}
        {!isRequired && <span className="font-regular text-muted"> ({words.optional})</span>}
      </legend>
      <div className="flex flex-col gap-16 border-s-2 border-subtle ps-16">
        {hintOf(schema) && <p className="measure text-14 text-muted">{hintOf(schema)}</p>}
        <SchemaMembers schema={schema} pointer={pointer} />
      </div>
    </fieldset>
  );
}

function ListField({ schema, pointer, name, isRequired }: SchemaFieldProps) {
  const form = useFormState();
  const items = resolve(schema['items'], form.document);
  const found = valueAt(form.values, pointer);
  const members: unknown[] = Array.isArray(found) ? found : [];
  const label = labelFor(schema, name);
  const error = form.errors.get(pointer);
  const isFull = members.length >= Number(schema['maxItems'] ?? 100);
  return (
    <fieldset className="flex min-w-0 flex-col gap-12">
      <legend className="mb-4 font-semibold">
        {label}
        {!isRequired && <span className="font-regular text-muted"> ({words.optional})</span>}
      </legend>
      {hintOf(schema) && <p className="measure text-14 text-muted">{hintOf(schema)}</p>}
      {error && <FieldError id={`${controlId(form.id, pointer)}-error`}>{error}</FieldError>}
      {members.map((_member, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- members have no identity but their place.
        <div key={index} className="flex items-start gap-8 border-s-2 border-subtle ps-16">
          <div className="flex min-w-0 flex-1 flex-col gap-12">
            {typeOf(items) === 'object' && !isMoneySchema(items) && !isFree(items) ? (
              <SchemaMembers schema={items} pointer={join(pointer, index)} />
            ) : (
              <SchemaField
                schema={{ title: `${label} ${index + 1}`, ...items }}
                pointer={join(pointer, index)}
                name={name}
                isRequired
              />
            )}
          </div>
          <IconButton
            label={words.removeOne(label, index + 1)}
            onClick={() =>
              form.setValue(
                pointer,
                members.filter((_other, place) => place !== index),
              )
            }
          >
            <Trash2 size={16} strokeWidth={1.5} aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button
          id={controlId(form.id, pointer)}
          icon={<Plus size={16} strokeWidth={1.5} aria-hidden />}
          disabled={isFull}
          title={isFull ? `At most ${members.length}` : undefined}
          onClick={() => form.setValue(pointer, [...members, emptyOf(items)])}
        >
          {words.addOne(typeof items['title'] === 'string' ? items['title'] : label)}
        </Button>
      </div>
    </fieldset>
  );
}

function BranchField(props: SchemaFieldProps) {
  const form = useFormState();
  const branches = ((props.schema['oneOf'] ?? props.schema['anyOf']) as unknown[])
    .map((branch) => resolve(branch, form.document))
    .filter((branch) => typeOf(branch) !== 'null');
  const [chosen, setChosen] = useState(0);
  const branch = branches[chosen] ?? branches[0];
  if (branch === undefined) return null;
  const label = labelFor(props.schema, props.name);
  return (
    <fieldset className="flex min-w-0 flex-col gap-12">
      {branches.length > 1 && (
        <Field label={label} hint={hintOf(props.schema)} required={props.isRequired}>
          {(control) => (
            <Select
              {...control}
              value={String(chosen)}
              choices={branches.map((each, index) => ({
                value: String(index),
                label: labelFor(each, `choice ${index + 1}`),
              }))}
              onChange={(event) => {
                setChosen(Number(event.target.value));
                form.setValue(props.pointer, undefined);
              }}
              className="max-w-[28rem]"
            />
          )}
        </Field>
      )}
      <SchemaField {...props} schema={branches.length > 1 ? branch : { title: label, ...branch }} />
    </fieldset>
  );
}

function MoneyField({ schema, pointer, name, isRequired }: SchemaFieldProps) {
  const form = useFormState();
  const value = valueAt(form.values, pointer);
  const currencySchema = resolve(properties(schema)['currency'], form.document);
  const choices = enumChoices(currencySchema);
  const [currency, setCurrency] = useState(isMoney(value) ? value.currency : (choices?.[0]?.value ?? 'EUR'));
  return (
    <Field
      label={labelFor(schema, name)}
      hint={moneyHint(schema)}
      error={form.errors.get(pointer)}
      required={isRequired}
      id={controlId(form.id, pointer)}
    >
      {(control) => (
        <span className="flex flex-wrap gap-8">
          <MoneyInput
            key={currency}
            {...control}
            currency={currency}
            value={isMoney(value) ? value : undefined}
            onChange={(money) => form.setValue(pointer, money)}
          />
          {choices && choices.length > 1 && (
            <Select
              aria-label="Currency"
              choices={choices}
              value={currency}
              onChange={(event) => {
                setCurrency(event.target.value);
                if (isMoney(value)) form.setValue(pointer, { ...value, currency: event.target.value });
              }}
            />
          )}
        </span>
      )}
    </Field>
  );
}

/** The shared shape explains minor units to developers; people type whole amounts. */
function moneyHint(schema: Schema): string | undefined {
  const hint = hintOf(schema);
  return hint?.includes('minor units') ? undefined : hint;
}

function hintOf(schema: Schema): string | undefined {
  return typeof schema['description'] === 'string' ? schema['description'] : undefined;
}

function enumChoices(schema: Schema): { value: string; label: string }[] | undefined {
  if (!Array.isArray(schema['enum'])) return undefined;
  return schema['enum']
    .filter((value) => value !== null)
    .map((value) => ({ value: String(value), label: labelOf(schema, String(value)) ?? humanize(String(value)) }));
}

/** The enum's own value behind the text of an option. */
function original(schema: Schema, chosen: string): unknown {
  const found = Array.isArray(schema['enum']) ? schema['enum'].find((value) => String(value) === chosen) : undefined;
  return found ?? chosen;
}
