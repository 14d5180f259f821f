// JSON Schema → intermediate form. References are followed here, dynamic ones too: a schema met in another dynamic
// scope becomes another node, so that nothing is left to resolve while values are judged.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import {
  entriesOf,
  listChecks,
  namesOf,
  numberChecks,
  objectChecks,
  stringChecks,
  typesOf,
  valueChecks,
} from './checks.ts';
import { pickOf } from './choice.ts';
import { type Applicator, blankNode, type ListRules, type MemberRules, type Node, type Refusal } from './ir.ts';
import { cutLoops } from './loops.ts';
import { declaredMembers, isMarked, type Members } from './members.ts';
import { matcherOf } from './pattern.ts';
import { escapePointer, type Place, type Resource, type ResourceOptions, Resources, SchemaError } from './resources.ts';
import { dynamicTarget, enterScope, noScope, type Scope } from './scope.ts';

export type Direction = 'request' | 'response';

export interface BuildOptions extends ResourceOptions {
  formats: 'assert' | 'annotate';
  /** readOnly properties are not required in requests, writeOnly ones not in responses. */
  direction?: Direction | undefined;
  /** Refuse properties that a schema neither names nor allows, wherever an object is complete. */
  closed?: boolean | undefined;
}

/** The mark of the side that may not set a property: readOnly in requests, writeOnly in responses. */
export function markOf(direction: Direction): 'readOnly' | 'writeOnly' {
  return direction === 'request' ? 'readOnly' : 'writeOnly';
}

function refusalOf(direction: Direction): Refusal {
  return direction === 'request' ? 'read-only' : 'write-only';
}

/** How a schema is meant where it stands. */
interface Role {
  scope: Scope;
  /** False inside `not` and `if`, where closing would turn the meaning round. */
  closed: boolean;
  /** A whole value to be closed stands here; else the schema speaks about it with others and must stay open. */
  whole: boolean;
}

const mostNodes = 1_000_000;
const noMembers: Members = { properties: new Map(), several: new Map(), open: false };
/** Keywords that leave a reference what it is; so do extensions, but for ours. */
const silent = new Set(
  '$ref $comment title summary description deprecated default example examples readOnly writeOnly'.split(' '),
);
const isSilent = (key: string): boolean => silent.has(key) || (key.startsWith('x-') && key !== 'x-plinth');

/** Builds nodes of one document; the same schema in the same role is one node. */
export class Builder {
  readonly #options: BuildOptions;
  readonly #resources: Resources;
  readonly #known = new WeakMap<object, Map<string, Node>>();
  readonly #waiting: (() => void)[] = [];
  /** Nodes of the schema being built. */
  #fresh: Node[] = [];
  #count = 0;
  /** Scopes are followed once a dynamic reference was met. */
  readonly #isDynamic: boolean;
  #missedDynamic = false;

  constructor(options: BuildOptions, isDynamic = false) {
    this.#options = options;
    this.#resources = new Resources(options);
    this.#isDynamic = isDynamic;
  }

  /** The node of a schema whose references start at the document. Throws `SchemaError`. */
  build(schema: Schema): Node {
    const { main } = this.#resources;
    const place =
      schema === main.root ? { schema, resource: main, at: '#' } : this.#resources.within(schema, main, '#');
    const { closed = false } = this.#options;
    const role = { scope: noScope, closed, whole: closed };
    const node = this.#node(place, role);
    for (let fill = this.#waiting.pop(); fill; fill = this.#waiting.pop()) fill();
    const fresh = this.#fresh;
    this.#fresh = [];
    cutLoops(fresh);
    for (const { inPlace } of fresh)
      for (const applicator of inPlace)
        if (applicator.kind === 'one' || applicator.kind === 'any') applicator.pick = pickOf(applicator.nodes);
    return node;
  }

  /** True when a dynamic reference was met that this builder did not follow. */
  get missedDynamic(): boolean {
    return this.#missedDynamic;
  }

  #blank(at: string): Node {
    if (this.#fresh.length >= mostNodes) throw new SchemaError(`${at}: the schema has more than ${mostNodes} parts.`);
    const node = blankNode(this.#count++, at);
    this.#fresh.push(node);
    return node;
  }

  #refusing(at: string, refusal: Refusal): Node {
    const node = this.#blank(at);
    node.refusal = refusal;
    return node;
  }

  /** A node that others may share. */
  #node(start: Place, startRole: Role): Node {
    const [place, role] = this.#behindReferences(start, startRole);
    const { schema, resource, at } = place;
    if (!isObject(schema)) return schema ? this.#blank(at) : this.#refusing(at, 'false');
    let roles = this.#known.get(schema);
    if (!roles) this.#known.set(schema, (roles = new Map()));
    const key = `${resource.id} ${role.closed ? 'c' : ''}${role.whole ? 'w' : ''} ${role.scope.key}`;
    let node = roles.get(key);
    if (!node) {
      roles.set(key, (node = this.#blank(at)));
      const blank = node;
      const members = this.#options.direction ? this.#members(place) : noMembers;
      this.#waiting.push(() => this.#fill(blank, place, role, members));
    }
    return node;
  }

  /** Where nothing stands beside a reference, the node is that of its target. */
  #behindReferences(start: Place, startRole: Role): [Place, Role] {
    let place = start;
    let role = { ...startRole, scope: this.#enter(start.resource, startRole.scope) };
    const seen = new Set<Schema>();
    while (isObject(place.schema) && typeof place.schema['$ref'] === 'string') {
      const { schema } = place;
      const closes = role.whole && this.#closes(place);
      if (closes || seen.has(schema) || !Object.keys(schema).every(isSilent)) break;
      seen.add(schema);
      place = this.#resources.resolve(place.schema['$ref'], place);
      role = { ...role, whole: false, scope: this.#enter(place.resource, role.scope) };
    }
    return [place, role];
  }

  #enter(resource: Resource, scope: Scope): Scope {
    return this.#isDynamic ? enterScope(scope, resource, this.#resources) : scope;
  }

  #members({ schema, resource }: Place): Members {
    return declaredMembers(schema, this.#documentOf(resource));
  }

  /** What local references in a resource point into. */
  #documentOf(resource: Resource): JsonObject {
    return isObject(resource.root) ? resource.root : {};
  }

  #closes(place: Place): boolean {
    if (!isObject(place.schema) || 'unevaluatedProperties' in place.schema) return false;
    const members = this.#members(place);
    return members.properties.size > 0 && !members.open;
  }

  #fill(node: Node, place: Place, role: Role, members: Members): void {
    const { schema } = place;
    if (!isObject(schema)) {
      if (!schema) node.refusal = 'false';
      return;
    }
    const { dialect } = place.resource;
    node.sensitive = isSensitive(schema);
    node.inPlace = this.#references(place, role);
    if (dialect.validation) this.#assertions(node, schema, dialect.formatAssertion);
    const self = { place, schema, role, members, node };
    if (dialect.applicator) {
      node.items = this.#listRules(self);
      node.inPlace = [...node.inPlace, ...this.#applicators(self)];
    }
    node.members = this.#memberRules(self);
    if (dialect.unevaluated) {
      node.unevaluatedItems = this.#part(self, 'unevaluatedItems');
      node.unevaluatedProperties = this.#part(self, 'unevaluatedProperties');
    }
    if (role.whole && this.#closes(place)) node.unevaluatedProperties = this.#refusing(node.at, 'unknown-property');
    nameRefusals(node);
  }

  #assertions(node: Node, schema: JsonObject, formatAssertion: boolean): void {
    const options = {
      formats: formatAssertion || this.#options.formats === 'assert',
      safeIntegers: this.#options.direction !== undefined,
    };
    node.types = typesOf(schema);
    node.values = valueChecks(schema);
    node.numbers = numberChecks(schema, options);
    node.strings = stringChecks(schema, options);
    node.lists = listChecks(schema);
    node.objects = objectChecks(schema);
  }

  #references(place: Place, role: Role): Applicator[] {
    const { schema } = place;
    if (!isObject(schema)) return [];
    const found: Applicator[] = [];
    const add = (keyword: '$ref' | '$dynamicRef', target: Place): void => {
      found.push({ kind: 'all', keyword, nodes: [this.#node(target, { ...role, whole: false })] });
    };
    const { $ref: reference, $dynamicRef: dynamic } = schema;
    if (typeof reference === 'string') add('$ref', this.#resources.resolve(reference, place));
    if (typeof dynamic === 'string') {
      if (!this.#isDynamic) this.#missedDynamic = true;
      add('$dynamicRef', dynamicTarget(dynamic, place, role.scope, this.#resources));
    }
    return found;
  }

  #child({ place, schema, role }: Self, key: string, name?: string | number): { place: Place; role: Role } {
    const value = schema[key] as JsonValue;
    const child = name === undefined ? value : (value as JsonObject)[name];
    const at = name === undefined ? `${place.at}/${key}` : `${place.at}/${key}/${escapePointer(String(name))}`;
    const found = this.#resources.within(child as Schema, place.resource, at);
    return { place: found, role };
  }

  /** A schema of a part of the value: a whole value again. */
  #part(self: Self, key: string, name?: string | number): Node | undefined {
    const value = name === undefined ? self.schema[key] : (self.schema[key] as JsonObject)[name];
    if (!isObject(value) && typeof value !== 'boolean') return undefined;
    const { place, role } = this.#child(self, key, name);
    return this.#node(place, { ...role, whole: role.closed });
  }

  /** A schema of the same value: it sees what the schemas around it name. */
  #same(self: Self, key: string, name?: string | number): Node {
    const { place, role } = this.#child(self, key, name);
    const conditional = key === 'not' || key === 'if';
    const [target, entered] = this.#behindReferences(place, {
      ...role,
      whole: false,
      closed: role.closed && !conditional,
    });
    if (target.schema !== place.schema) return this.#node(target, entered);
    const node = this.#blank(place.at);
    this.#waiting.push(() => this.#fill(node, place, entered, self.members));
    return node;
  }

  #listRules(self: Self): ListRules | undefined {
    const { schema } = self;
    const contains = this.#part(self, 'contains');
    const prefixItems = schema['prefixItems'];
    const prefix = Array.isArray(prefixItems)
      ? prefixItems.map((_, index) => this.#part(self, 'prefixItems', index) ?? this.#blank(self.node.at))
      : [];
    const items = this.#part(self, 'items');
    if (!contains && !items && prefix.length === 0) return undefined;
    const counted = self.place.resource.dialect.validation;
    const { minContains, maxContains } = counted ? schema : {};
    const least = typeof minContains === 'number' ? minContains : 1;
    const most = typeof maxContains === 'number' ? maxContains : Number.POSITIVE_INFINITY;
    return { prefix, items, contains: contains && { node: contains, least, most } };
  }

  #memberRules(self: Self): MemberRules | undefined {
    const { schema, place } = self;
    const { dialect } = place.resource;
    const inner: JsonObject = dialect.applicator ? schema : {};
    const rules: MemberRules = {
      required: dialect.validation ? this.#required(self) : [],
      dependentRequired: new Map(
        entriesOf(dialect.validation ? schema['dependentRequired'] : undefined).map(([name, list]) => [
          name,
          namesOf(list),
        ]),
      ),
      properties: new Map(entriesOf(inner['properties']).map(([name]) => [name, this.#property(self, name)])),
      patterns: entriesOf(inner['patternProperties']).flatMap(([source]) => {
        const [matcher, node] = [matcherOf(source), this.#part(self, 'patternProperties', source)];
        return matcher && node ? [{ matcher, node }] : [];
      }),
      additional: dialect.applicator ? this.#part(self, 'additionalProperties') : undefined,
      names: dialect.applicator ? this.#part(self, 'propertyNames') : undefined,
    };
    const { required, dependentRequired, properties, patterns, additional, names } = rules;
    const size = required.length + dependentRequired.size + properties.size + patterns.length;
    return size > 0 || additional || names ? rules : undefined;
  }

  /** What the other side sets is not required of this one. */
  #required({ schema, members, place }: Self): string[] {
    const names = [...new Set(namesOf(schema['required']))];
    const { direction } = this.#options;
    if (!direction) return names;
    const document = this.#documentOf(place.resource);
    return names.filter((name) => {
      const property = members.properties.get(name);
      return property === undefined || !isMarked(property, markOf(direction), document);
    });
  }

  #property(self: Self, name: string): Node {
    const { role, place } = self;
    const { direction } = this.#options;
    const property = (self.schema['properties'] as JsonObject)[name] as Schema;
    if (role.closed && direction && isMarked(property, markOf(direction), this.#documentOf(place.resource)))
      return this.#refusing(`${place.at}/properties/${escapePointer(name)}`, refusalOf(direction));
    return this.#part(self, 'properties', name) ?? this.#blank(place.at);
  }

  #applicators(self: Self): Applicator[] {
    const { schema } = self;
    const found: Applicator[] = [];
    const list = (key: string): Node[] =>
      Array.isArray(schema[key]) ? schema[key].map((_, index) => this.#same(self, key, index)) : [];
    const all = list('allOf');
    if (all.length > 0) found.push({ kind: 'all', keyword: 'allOf', nodes: all });
    const any = list('anyOf');
    if (any.length > 0) found.push({ kind: 'any', keyword: 'anyOf', nodes: any, owner: schema });
    const one = list('oneOf');
    if (one.length > 0) found.push({ kind: 'one', keyword: 'oneOf', nodes: one, owner: schema });
    if (schema['not'] !== undefined) found.push({ kind: 'not', keyword: 'not', nodes: [this.#same(self, 'not')] });
    if (schema['if'] !== undefined) {
      const branch = (key: string): Node =>
        schema[key] === undefined ? this.#blank(`${self.place.at}/${key}`) : this.#same(self, key);
      found.push({ kind: 'if', keyword: 'if', nodes: [this.#same(self, 'if'), branch('then'), branch('else')] });
    }
    for (const [name] of entriesOf(schema['dependentSchemas']))
      found.push({
        kind: 'dependent',
        keyword: 'dependentSchemas',
        name,
        nodes: [this.#same(self, 'dependentSchemas', name)],
      });
    return found;
  }
}

interface Self {
  place: Place;
  schema: JsonObject;
  role: Role;
  members: Members;
  node: Node;
}

/** `false` for what is left over means: an unknown property. */
function nameRefusals({ members, unevaluatedProperties }: Node): void {
  for (const rest of [members?.additional, unevaluatedProperties])
    if (rest?.refusal === 'false') rest.refusal = 'unknown-property';
}

function isSensitive(schema: JsonObject): boolean {
  const extension = schema['x-plinth'];
  return isObject(extension) && (extension['sensitivity'] === 'pii' || extension['sensitivity'] === 'secret');
}
