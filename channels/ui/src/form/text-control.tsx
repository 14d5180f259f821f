import { type Schema, typeOf } from '../contracts/schema.ts';
import type { ControlProps } from '../primitives/field.tsx';
import { NumberInput, Textarea, TextInput } from '../primitives/inputs.tsx';
import { isFree } from './values.ts';

const inputTypes: Readonly<Record<string, string>> = {
  date: 'date',
  'date-time': 'datetime-local',
  email: 'email',
  password: 'password',
  uri: 'url',
};

const longTextCharacters = 200;

/** One line, several lines or digits, as the schema says. Bounds are checked on sending, never by cutting input off. */
export function TextControl({
  control,
  schema,
  value,
  onChange,
}: {
  control: ControlProps;
  schema: Schema;
  value: unknown;
  onChange: (typed: string) => void;
}) {
  const type = typeOf(schema);
  const shown =
    typeof value === 'string' || typeof value === 'number'
      ? String(value)
      : value === undefined
        ? ''
        : JSON.stringify(value);
  if (isFree(schema))
    return (
      <Textarea
        {...control}
        className="font-mono text-14"
        value={shown}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  if (type === 'integer' || type === 'number')
    return (
      <NumberInput
        {...control}
        inputMode={type === 'integer' ? 'numeric' : 'decimal'}
        value={shown}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  if (Number(schema['maxLength'] ?? 0) > longTextCharacters && schema['format'] === undefined)
    return <Textarea {...control} value={shown} onChange={(event) => onChange(event.target.value)} />;
  const format = typeof schema['format'] === 'string' ? schema['format'] : '';
  return (
    <TextInput
      {...control}
      type={inputTypes[format] ?? 'text'}
      value={format === 'date-time' ? localTime(shown) : shown}
      className="max-w-[28rem]"
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** RFC 3339 → what `datetime-local` shows. */
function localTime(instant: string): string {
  const atMs = Date.parse(instant);
  if (Number.isNaN(atMs) || !instant.endsWith('Z')) return instant;
  return new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
