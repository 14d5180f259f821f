// Workflows of one Arazzo document → journeys. Whatever a step names must be there: operations, parameters, other steps,
// their outputs, other workflows.

import type { Contract, Finding, JsonObject, JsonValue, Operation, Schema } from '../model/contract.ts';
import type {
  Criterion,
  Expression,
  Journey,
  JourneyAction,
  JourneyBody,
  JourneyStep,
  JourneyValue,
  StepTarget,
} from '../model/journey.ts';
import { languageOf, parseExpression, readValue } from './expression.ts';
import type { Origins } from './origin.ts';
import { follow, isObject, segmentsOf, textOf } from './pointer.ts';

export interface JourneySource {
  name: string;
  type: string;
  /** Of an `openapi` source that could be read. */
  contract?: Contract;
  /** Of an `arazzo` source that could be read. */
  workflows?: ReadonlySet<string>;
}

interface Input {
  document: JsonObject;
  sources: readonly JourneySource[];
  origins: Origins;
  findings: Finding[];
}

/** What the expressions of one step may name. */
interface Scope {
  node: JsonObject;
  workflow: JsonObject;
}

export class JourneyReader {
  readonly #input: Input;
  readonly #workflows: ReadonlyMap<string, JsonObject>;

  constructor(input: Input) {
    this.#input = input;
    this.#workflows = byName(input.document['workflows'], 'workflowId');
  }

  journeys(): Journey[] {
    return [...this.#workflows].map(([id, node]) => {
      const scope = { node, workflow: node };
      for (const name of texts(node['dependsOn'])) this.#needWorkflow(name, node);
      const inputs = follow(this.#input.document, node['inputs']);
      return {
        id,
        summary: textOf(node['summary']),
        description: textOf(node['description']),
        ...(inputs === undefined ? {} : { inputs: inputs as Schema }),
        dependsOn: texts(node['dependsOn']),
        steps: [...byName(node['steps'], 'stepId')].map(([step, own]) => this.#step(step, own, node)),
        outputs: this.#values(node['outputs'], scope),
        policy: object(node['x-plinth']),
        document: this.#input.document,
        node,
      };
    });
  }

  #step(id: string, node: JsonObject, workflow: JsonObject): JourneyStep {
    const scope = { node, workflow };
    const does = this.#target(node, scope);
    const body = isObject(node['requestBody']) ? this.#body(node['requestBody'], scope) : undefined;
    return {
      id,
      description: textOf(node['description']),
      does,
      params: this.#params(does, scope),
      ...(body ? { body } : {}),
      successCriteria: this.#criteria(node['successCriteria'], scope),
      onSuccess: this.#actions(node['onSuccess'] ?? workflow['successActions'], 'successActions', scope),
      onFailure: this.#actions(node['onFailure'] ?? workflow['failureActions'], 'failureActions', scope),
      outputs: this.#values(node['outputs'], scope),
      dependsOn: texts(node['dependsOn']),
      ...(typeof node['timeout'] === 'number' ? { timeoutMs: node['timeout'] } : {}),
      policy: object(node['x-plinth']),
      node,
    };
  }

  #target(node: JsonObject, scope: Scope): StepTarget {
    const { workflowId, operationId, operationPath, channelPath, action } = node;
    if (typeof workflowId === 'string') return this.#journey(workflowId, node);
    const named = /^\$sourceDescriptions\.([\w-]+)\.(.+)$/.exec(textOf(operationId));
    const name = named?.[2] ?? textOf(operationId ?? operationPath ?? channelPath);
    const source = named ? this.#source(named[1] ?? '', node) : undefined;
    if (typeof channelPath === 'string' || typeof action === 'string' || source?.type === 'asyncapi') {
      const correlationId = node['correlationId'];
      const kind = { kind: 'message', action: action === 'receive' ? 'receive' : 'send', name } as const;
      return correlationId === undefined ? kind : { ...kind, correlationId: this.#value(correlationId, scope) };
    }
    const among = named ? (source ? [source] : []) : this.#input.sources;
    const found = typeof operationPath === 'string' ? this.#byPath(operationPath, node) : operationsNamed(name, among);
    const [first, ...more] = found;
    if (!first) {
      // A source that could not be read was reported; what stands in it nobody knows.
      if (among.every(({ type, contract }) => type !== 'openapi' || contract))
        this.#report(node, `There is no operation ${name}.`, 'Name an operation of a source by its operationId.');
      return { kind: 'unknown', name };
    }
    if (more.length > 0)
      this.#report(node, `Several sources have an operation ${name}.`, `Write  $sourceDescriptions.<name>.${name}`);
    return { kind: 'operation', ...first };
  }

  #journey(written: string, node: JsonObject): StepTarget {
    const named = /^\$sourceDescriptions\.([\w-]+)\.(.+)$/.exec(written);
    if (!named) {
      this.#needWorkflow(written, node);
      return { kind: 'journey', journey: written };
    }
    const [, name = '', journey = ''] = named;
    const source = this.#source(name, node);
    if (source?.workflows && !source.workflows.has(journey))
      this.#report(node, `The source ${name} has no workflow ${journey}.`, 'Correct the name.');
    return { kind: 'journey', journey, source: name };
  }

  /** `{$sourceDescriptions.shop.url}#/paths/~1orders/get` */
  #byPath(written: string, node: JsonObject): { operation: Operation; contract: Contract }[] {
    const [, name, pointer = ''] = /^\{?\$sourceDescriptions\.([\w-]+)(?:\.url)?\}?#(.*)$/.exec(written) ?? [];
    const contract = name === undefined ? undefined : this.#source(name, node)?.contract;
    const [paths, path, method] = segmentsOf(pointer);
    if (!contract || paths !== 'paths') return [];
    return contract.operations
      .filter((operation) => operation.path === path && operation.method === method)
      .map((operation) => ({ operation, contract }));
  }

  /** Parameters of the workflow, a step's own winning by (name, in). */
  #params(does: StepTarget, { node, workflow }: Scope): JourneyStep['params'] {
    const found = new Map<string, JourneyStep['params'][number]>();
    for (const [place, list] of [
      [workflow, workflow['parameters']],
      [node, node['parameters']],
    ] as const)
      for (const written of Array.isArray(list) ? list : []) {
        const param = this.#reusable(written, 'parameters', place);
        if (!param) continue;
        const [name, where] = [textOf(param['name']), textOf(param['in'])];
        const value = this.#value(param['value'] ?? null, { node: place, workflow });
        found.set(`${where} ${name}`, { name, ...(where ? { in: where } : {}), value });
        if (place === node && does.kind === 'operation') this.#needParam(does.operation, { name, where }, param);
      }
    return [...found.values()];
  }

  #needParam({ id, params }: Operation, { name, where }: { name: string; where: string }, node: JsonObject): void {
    const same = (one: string): boolean =>
      where === 'header' ? one.toLowerCase() === name.toLowerCase() : one === name;
    if (params.some((param) => param.in === where && same(param.name))) return;
    // Not parameters of a contract, and yet sent.
    if (where === 'header' && ['accept', 'content-type', 'authorization'].includes(name.toLowerCase())) return;
    this.#report(node, `${id} has no ${where} parameter ${name}.`, 'Correct its name or place.', 'warn');
  }

  #body(node: JsonObject, scope: Scope): JourneyBody {
    const replacements = Array.isArray(node['replacements']) ? node['replacements'].filter(isObject) : [];
    return {
      contentType: textOf(node['contentType']),
      ...(node['payload'] === undefined ? {} : { payload: this.#value(node['payload'], scope) }),
      replacements: replacements.map((each) => ({
        target: textOf(each['target']),
        language: languageOf(each['targetSelectorType']) || 'jsonpointer',
        value: this.#value(each['value'] ?? null, scope),
      })),
    };
  }

  #criteria(list: JsonValue | undefined, scope: Scope): Criterion[] {
    return (Array.isArray(list) ? list : []).filter(isObject).map((node) => {
      const context = parseExpression(textOf(node['context']));
      if (context) this.#judge(context, scope);
      const condition = textOf(node['condition']);
      const language = languageOf(node['type']) || 'simple';
      if (language === 'simple') this.#judgeCondition(condition, scope);
      return { ...(context ? { context } : {}), condition, language };
    });
  }

  /** The expressions of a simple condition stand between operators. */
  #judgeCondition(condition: string, scope: Scope): void {
    for (const [text] of condition.matchAll(/\$[a-zA-Z]+[^\s=!<>&|()]*/g)) {
      const expression = parseExpression(text);
      if (expression) this.#judge(expression, scope);
    }
  }

  #actions(list: JsonValue | undefined, section: string, scope: Scope): JourneyAction[] {
    return (Array.isArray(list) ? list : []).flatMap((written): JourneyAction[] => {
      const node = this.#reusable(written, section, scope.node);
      if (!node) return [];
      const { stepId, workflowId, retryAfter, retryLimit } = node;
      if (typeof stepId === 'string' && !byName(scope.workflow['steps'], 'stepId').has(stepId))
        this.#report(node, `There is no step ${stepId} in this workflow.`, 'Correct the name.');
      if (typeof workflowId === 'string') this.#journey(workflowId, node);
      return [
        {
          name: textOf(node['name']),
          type: textOf(node['type']) as JourneyAction['type'],
          ...(typeof stepId === 'string' ? { step: stepId } : {}),
          ...(typeof workflowId === 'string' ? { journey: workflowId } : {}),
          ...(typeof retryAfter === 'number' ? { retryAfterS: retryAfter } : {}),
          ...(typeof retryLimit === 'number' ? { retryLimit } : {}),
          criteria: this.#criteria(node['criteria'], scope),
        },
      ];
    });
  }

  /** The object itself, or the component it refers to, with a value of its own laid over. */
  #reusable(written: JsonValue, section: string, place: JsonObject): JsonObject | undefined {
    if (!isObject(written) || typeof written['reference'] !== 'string') return isObject(written) ? written : undefined;
    const [, found, name = ''] = /^\$components\.(\w+)\.(.+)$/.exec(written['reference']) ?? [];
    const components = object(object(this.#input.document['components'])[section]);
    const component = found === section && Object.hasOwn(components, name) ? components[name] : undefined;
    if (!isObject(component)) {
      this.#report(
        written,
        `Nothing stands at ${written['reference']}.`,
        'Correct the reference, or add the component.',
      );
      return undefined;
    }
    if (written['value'] === undefined) return component;
    const merged = { ...component, value: written['value'] };
    this.#input.origins.copy(place, merged);
    return merged;
  }

  #values(written: JsonValue | undefined, scope: Scope): Record<string, JourneyValue> {
    return Object.fromEntries(
      Object.entries(object(written)).map(([name, value]) => [name, this.#value(value, scope)]),
    );
  }

  #value(written: JsonValue, scope: Scope): JourneyValue {
    return readValue(written, (found) => {
      if (typeof found !== 'string') this.#judge(found, scope);
      else this.#report(scope.node, `${found} is no expression, so it is only a text.`, 'Correct it.', 'warn');
    });
  }

  #judge({ root, path, text }: Expression, { node, workflow }: Scope): void {
    const [first = '', second = '', third = '', , fifth = ''] = path;
    if (root === 'sourceDescriptions') this.#source(first, node);
    if (root === 'steps') this.#needOutput(workflow, { step: first, output: third, text }, node);
    if (root !== 'workflows') return;
    const other = this.#needWorkflow(first, node);
    if (!other) return;
    if (second === 'steps') this.#needOutput(other, { step: third, output: fifth, text }, node);
    else if (second === 'outputs' && !hasName(other['outputs'], third))
      this.#report(node, `${text}: the workflow ${first} has no output ${third}.`, 'Add it to its outputs.');
  }

  #needOutput(
    workflow: JsonObject,
    { step, output, text }: Record<'step' | 'output' | 'text', string>,
    node: object,
  ): void {
    const found = byName(workflow['steps'], 'stepId').get(step);
    if (!found) this.#report(node, `${text}: there is no step ${step}.`, 'Correct the name.');
    else if (!hasName(found['outputs'], output))
      this.#report(node, `${text}: the step ${step} has no output ${output}.`, 'Add it to its outputs.');
  }

  #needWorkflow(written: string, node: object): JsonObject | undefined {
    const id = written.replace(/^\$workflows\./, '');
    const found = this.#workflows.get(id);
    if (!found && !id.startsWith('$')) this.#report(node, `There is no workflow ${id}.`, 'Correct the name.');
    return found;
  }

  #source(name: string, node: object): JourneySource | undefined {
    const found = this.#input.sources.find((source) => source.name === name);
    if (!found) this.#report(node, `There is no source ${name}.`, 'Add it to sourceDescriptions.');
    return found;
  }

  #report(node: object, message: string, fix: string, severity: Finding['severity'] = 'error'): void {
    const { origins, findings } = this.#input;
    findings.push({ ...origins.at(node), rule: 'ref-unresolved', severity, message, fix });
  }
}

function operationsNamed(
  id: string,
  sources: readonly JourneySource[],
): { operation: Operation; contract: Contract }[] {
  return sources.flatMap(({ contract }) =>
    contract
      ? contract.operations.filter((operation) => operation.id === id).map((operation) => ({ operation, contract }))
      : [],
  );
}

/** A name may hold dots, and what follows a dot may lead into the value. */
function hasName(outputs: JsonValue | undefined, name: string): boolean {
  return Object.keys(object(outputs)).some((known) => name === known || name.startsWith(`${known}.`));
}

function byName(list: JsonValue | undefined, key: string): Map<string, JsonObject> {
  const nodes = (Array.isArray(list) ? list : []).filter(isObject);
  return new Map(nodes.map((node) => [textOf(node[key]), node]));
}

function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function texts(value: JsonValue | undefined): string[] {
  return (Array.isArray(value) ? value : []).filter((entry) => typeof entry === 'string');
}
