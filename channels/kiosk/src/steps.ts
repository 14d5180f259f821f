// One question per screen: the members of an operation's input, each as a form of its own.

import { properties, resolve, type ContractOperation, type Document, type Schema } from '@plinth/channels-ui';

export interface Step {
  /** Where the answer stands in the input: `/body/subject`. */
  pointer: string;
  name: string;
  isRequired: boolean;
  /** An object schema with this member alone. */
  schema: Schema;
  /** The member's own schema. */
  member: Schema;
}

/** Needed answers first, in the contract's order; then what may be left out. References to other things are not asked. */
export function stepsOf(input: Schema, document: Document): Step[] {
  const needed = namesOf(input['required']);
  const steps = Object.entries(properties(input)).flatMap(([name, raw]): Step[] => {
    const member = resolve(raw, document);
    if (name !== 'body') {
      const isRequired = needed.includes(name);
      const schema = { type: 'object', properties: { [name]: member }, required: isRequired ? [name] : [] };
      return [{ pointer: `/${name}`, name, isRequired, schema, member }];
    }
    const inBody = namesOf(member['required']);
    return Object.entries(properties(member)).map(([inner, rawInner]) => {
      const isRequired = inBody.includes(inner);
      const one = { ...member, properties: { [inner]: rawInner }, required: isRequired ? [inner] : [] };
      const schema = { type: 'object', properties: { body: one }, required: ['body'] };
      return { pointer: `/body/${inner}`, name: inner, isRequired, schema, member: resolve(rawInner, document) };
    });
  });
  const asked = steps.filter(({ name, isRequired }) => isRequired || !/(Id|Ref|Key|limit|cursor)$/.test(name));
  return [...asked.filter(({ isRequired }) => isRequired), ...asked.filter(({ isRequired }) => !isRequired)];
}

/** A task a contract offers here: for shared devices, and either made for kiosks or told in words people use. */
export function isKioskTask({ audience, channels, policy }: ContractOperation): boolean {
  if (!audience.includes('device') || (channels !== undefined && !channels.includes('kiosk'))) return false;
  const phrases = (policy['skill'] as { phrases?: unknown } | undefined)?.phrases;
  return channels !== undefined || (Array.isArray(phrases) && phrases.length > 0);
}

/** True when the things of one customer are looked at or changed: the kiosk must know whose. */
export function needsCustomer({ audience, policy }: ContractOperation): boolean {
  return policy['ownerCheck'] !== undefined && audience.includes('customer');
}

/** Answers of a step laid over those before it. */
export function withAnswers(
  before: Readonly<Record<string, unknown>>,
  answers: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const body = { ...(before['body'] as object | undefined), ...(answers['body'] as object | undefined) };
  const merged = { ...before, ...answers };
  return Object.keys(body).length > 0 ? { ...merged, body } : merged;
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
