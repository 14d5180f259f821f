// What a property's name says about its value beyond words: who or what it names, whether it can have happened yet.

import type { JsonObject } from '../model/contract.ts';
import { alike } from './alike.ts';
import type { Draw } from './draw.ts';
import { fitsPattern } from './shape.ts';

/** Numbers and references name one thing each: neighbours get others of the same shape. */
export function sibling(shown: string, name: string, node: JsonObject, draw: Draw): string | undefined {
  if (!/(number|reference|ref|id)$/i.test(name) || !/^(?=.*\d)\S{5,}$/.test(shown) || node['format'] !== undefined)
    return undefined;
  const other = alike(shown, draw.at('alike'));
  const { pattern } = node;
  return typeof pattern === 'string' && !fitsPattern(pattern, other) ? undefined : other;
}

const people = /person|customer|user|owner|contact|holder|author|member|agent|party|recipient|address|staff|employee/i;

/** What `name` is the name of: an article beside a price, a person where one is spoken of, else some thing. */
export function nameIn(name: string, holder: string, properties: JsonObject): string {
  if (name !== 'name') return name;
  if (['sku', 'price', 'unitPrice', 'quantity', 'productId'].some((key) => key in properties)) return 'productName';
  const isPerson = people.test(holder) || ['email', 'phone', 'birthDate', 'firstName'].some((key) => key in properties);
  return isPerson ? 'fullName' : 'thingName';
}

/** What has not happened to what is there. */
export const undone = /^(deleted|removed|archived|cancell?ed|revoked)[_-]?(at|on|date)$/i;
