// How Arazzo documents are built (Arazzo Specification 1.0 and 1.1).

import type { JsonObject } from '../../model/contract.ts';
import { isObject, textOf } from '../pointer.ts';
import type { ShapeSource, Table } from './shape.ts';

const workflow = `workflowId! summary description inputs:Schema|boolean dependsOn:#[string] steps!:+#[Step]
  successActions:#[&SuccessAction] failureActions:#[&FailureAction] outputs:<string> parameters:#[&Parameter]`;

const arazzo10: Record<string, string | ShapeSource> = {
  Document: `arazzo! info!:Info sourceDescriptions!:+#[SourceDescription] workflows!:+#[Workflow] components:Components`,
  Info: 'title! summary description version!',
  SourceDescription: { keys: 'name! url! type=openapi,arazzo', check: ({ name }) => plainName(name) },
  Workflow: workflow,
  Step: {
    keys: `stepId! description operationId operationPath workflowId parameters:#[&Parameter] requestBody:RequestBody
      successCriteria:+#[Criterion] onSuccess:#[&SuccessAction] onFailure:#[&FailureAction] outputs:<string>`,
    one: [['operationId', 'operationPath', 'workflowId']],
    check: checkStep,
  },
  Parameter: 'name! in=path,query,header,cookie value!:any',
  RequestBody: 'contentType payload:any replacements:#[PayloadReplacement]',
  PayloadReplacement: 'target! value!:any',
  Criterion: {
    keys: 'context condition! type:=simple,regex,jsonpath,xpath|CriterionExpressionType',
    check: ({ type, context }) =>
      type !== undefined && type !== 'simple' && context === undefined
        ? 'A typed criterion needs `context`.'
        : undefined,
  },
  CriterionExpressionType: {
    keys: 'type!=jsonpath,xpath',
    variants: {
      by: 'type',
      jsonpath: 'version!=draft-goessner-dispatch-jsonpath-00',
      xpath: 'version!=xpath-10,xpath-20,xpath-30',
    },
  },
  SuccessAction: {
    keys: 'name! type!=end,goto workflowId stepId criteria:[Criterion]',
    never: [['workflowId', 'stepId']],
    check: checkAction,
  },
  FailureAction: {
    keys: 'name! type!=end,goto,retry workflowId stepId retryAfter:number retryLimit:integer criteria:[Criterion]',
    never: [['workflowId', 'stepId']],
    check: checkAction,
  },
  Components: `inputs:<Schema|boolean> parameters:<Parameter> successActions:<SuccessAction>
    failureActions:<FailureAction>`,
  Reference: { keys: 'reference! value:any', closed: true },
  Schema: '...',
};

const arazzo11: Record<string, string | ShapeSource> = {
  ...arazzo10,
  Document: {
    keys: `arazzo! $self info!:Info sourceDescriptions!:+#[SourceDescription] workflows!:+#[Workflow]
      components:Components`,
    check: ({ $self }) => (typeof $self === 'string' && $self.includes('#') ? '`$self` has no fragment.' : undefined),
  },
  SourceDescription: { keys: 'name! url! type=openapi,arazzo,asyncapi', check: ({ name }) => plainName(name) },
  Workflow: workflow.replace('outputs:<string>', 'outputs:<string|Selector>'),
  Step: {
    keys: `stepId! description operationId operationPath workflowId channelPath action=send,receive correlationId:any
      timeout:integer dependsOn:+#[string] parameters:#[&Parameter] requestBody:RequestBody successCriteria:+#[Criterion]
      onSuccess:#[&SuccessAction] onFailure:#[&FailureAction] outputs:<string|Selector>`,
    one: [['operationId', 'operationPath', 'workflowId', 'channelPath']],
    never: [['workflowId', 'action']],
    check: (node) => checkStep(node) ?? checkMessage(node),
  },
  Parameter: 'name! in=path,query,querystring,header,cookie value!:any',
  PayloadReplacement: 'target! targetSelectorType:=jsonpath,xpath,jsonpointer|CriterionExpressionType value!:any',
  Selector: 'context! selector! type!:=jsonpath,xpath,jsonpointer|CriterionExpressionType',
  CriterionExpressionType: {
    keys: 'type!=jsonpath,xpath,jsonpointer',
    variants: {
      by: 'type',
      jsonpath: 'version!=draft-goessner-dispatch-jsonpath-00,rfc9535',
      xpath: 'version!=xpath-10,xpath-20,xpath-30,xpath-31',
      jsonpointer: 'version!=rfc6901',
    },
  },
};

/** The table of a version such as `1.0.1`; undefined for a version that nobody defined. */
export function arazzoTable(version: unknown): Table | undefined {
  const minor = /^1\.([01])\.\d+$/.exec(typeof version === 'string' ? version : '')?.[1];
  return minor === undefined ? undefined : minor === '0' ? arazzo10 : arazzo11;
}

function plainName(name: unknown): string | undefined {
  return typeof name === 'string' && !/^[A-Za-z0-9_-]+$/.test(name)
    ? `The name "${name}" may consist of letters, digits, hyphens and underscores only.`
    : undefined;
}

/** A parameter of a call must say where it goes; an input of a workflow goes nowhere. */
function checkStep(node: JsonObject): string | undefined {
  if (node['workflowId'] !== undefined || !Array.isArray(node['parameters'])) return undefined;
  const lost = node['parameters'].find((param) => isObject(param) && !('reference' in param) && !('in' in param));
  return isObject(lost) ? `The parameter ${textOf(lost['name'])} needs \`in\`.` : undefined;
}

/** Another step: by its id here, or by the workflow or document it stands in. */
const stepName =
  /^(?:[A-Za-z0-9_-]+|\$workflows\.[\w-]+\.steps\.[\w-]+|\$sourceDescriptions\.[\w-]+\.[\w-]+\.steps\.[\w-]+)$/;

function checkMessage(node: JsonObject): string | undefined {
  const { dependsOn, action } = node;
  const wrong = Array.isArray(dependsOn)
    ? dependsOn.find((id) => typeof id === 'string' && !stepName.test(id))
    : undefined;
  if (wrong !== undefined) return `\`dependsOn\` cannot name ${JSON.stringify(wrong)}.`;
  if (node['channelPath'] !== undefined && action === undefined) return '`channelPath` needs `action`.';
  return node['correlationId'] !== undefined && action !== 'receive'
    ? '`correlationId` belongs to `action: receive`.'
    : undefined;
}

function checkAction({ type, workflowId, stepId }: JsonObject): string | undefined {
  return type === 'goto' && workflowId === undefined && stepId === undefined
    ? '`goto` needs `stepId` or `workflowId`.'
    : undefined;
}
