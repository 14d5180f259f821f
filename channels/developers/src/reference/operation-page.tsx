import {
  Badge,
  type ContractCatalogue,
  type ContractOperation,
  DescriptionList,
  humanize,
  linkClass,
  PageTitle,
  Panel,
  SkeletonRows,
  useOperations,
  View,
} from '@plinth/channels-ui';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { NotFoundPage } from '../not-found.tsx';
import { answersOf } from './answers.ts';
import { Code } from './code.tsx';
import { exampleOf } from './example.ts';
import { eventsOf, factsOf, problemsOf } from './policy.ts';
import { SchemaTable, typeWords } from './schema-table.tsx';
import { TryIt } from './try-it.tsx';

export function OperationPage() {
  const { capability, operationId } = useParams({ from: '/reference/$capability/$operationId' });
  const contracts = useOperations();
  return (
    <View
      framed
      query={contracts}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={8} />
        </Panel>
      }
    >
      {(catalogue) => {
        const operation = catalogue.byKey(`${capability}.${operationId}`);
        return operation ? (
          <Operation key={operation.key} operation={operation} catalogue={catalogue} />
        ) : (
          <NotFoundPage />
        );
      }}
    </View>
  );
}

interface OperationProps {
  operation: ContractOperation;
  catalogue: ContractCatalogue;
}

function Operation({ operation, catalogue }: OperationProps) {
  const { document } = catalogue;
  const { descriptor, body, answer, capability } = operation;
  const stage = typeof operation.policy['stage'] === 'string' ? operation.policy['stage'] : '';
  return (
    <div className="grid items-start gap-32 lg:grid-cols-[minmax(0,1fr)_minmax(0,28rem)]">
      <article className="min-w-0">
        <p className="mb-4 flex flex-wrap items-center gap-8 text-13 text-muted">
          <a className={linkClass} href={`/${capability}/v1/openapi.json`}>
            {humanize(capability)}
          </a>
          {stage !== '' && <Badge>{humanize(stage)}</Badge>}
          {operation.isDeprecated && <Badge tone="caution">Deprecated</Badge>}
        </p>
        <PageTitle lead={operation.description || undefined}>{operation.title}</PageTitle>
        <p className="mb-24 font-mono text-13 break-all">
          <span className="font-semibold">{descriptor.method}</span> {descriptor.path}
        </p>
        <DescriptionList entries={factsOf(operation)} />
        {operation.params.length > 0 && (
          <Section title="Parameters">
            <dl className="divide-y divide-subtle">
              {operation.params.map((param) => (
                <div key={`${param.in} ${param.name}`} className="border-subtle py-8">
                  <dt className="flex flex-wrap items-baseline gap-x-8">
                    <code className="font-mono text-13 font-medium">{param.name}</code>
                    <span className="text-13 text-muted">
                      in {param.in} · {typeWords(param.schema, document)}
                      {param.isRequired && <span className="font-medium text-strong"> · required</span>}
                    </span>
                  </dt>
                  <dd className="measure">{param.description}</dd>
                </div>
              ))}
            </dl>
          </Section>
        )}
        {body && (
          <Section title="Body">
            <SchemaTable schema={body.schema} document={document} />
          </Section>
        )}
        <Section title="Answer">
          {answer ? (
            <>
              <SchemaTable schema={answer} document={document} />
              <div className="mt-16">
                <Code label="Example of an answer" text={JSON.stringify(exampleOf(answer, document), undefined, 2)} />
              </div>
            </>
          ) : (
            <p className="text-muted">No content.</p>
          )}
        </Section>
        <Events operation={operation} />
        <Problems operation={operation} catalogue={catalogue} />
      </article>
      <aside aria-label="Sample" className="min-w-0 lg:sticky lg:top-0">
        <TryIt operation={operation} catalogue={catalogue} />
      </aside>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-32">
      <h2 className="mb-8 text-16 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function Events({ operation }: { operation: ContractOperation }) {
  const events = eventsOf(operation);
  if (events.length === 0) return null;
  return (
    <Section title="Events">
      <p className="measure">
        What it may bring about, delivered to{' '}
        <Link to="/webhooks" className={linkClass}>
          webhook endpoints
        </Link>{' '}
        that want it:{' '}
        {events.map((event, index) => (
          <span key={event}>
            {index > 0 && ', '}
            <code className="font-mono text-13">{event}</code>
          </span>
        ))}
      </p>
    </Section>
  );
}

function Problems({ operation, catalogue }: OperationProps) {
  const problems = problemsOf(operation, answersOf(operation, catalogue));
  if (problems.length === 0) return null;
  return (
    <Section title="Problems">
      <ul className="columns-2 gap-24 text-13 max-sm:columns-1">
        {problems.map(({ code, status }) => (
          <li key={`${status} ${code}`} className="py-2">
            <span className="tabular text-muted">{status}</span>{' '}
            <a className={`${linkClass} font-mono`} href={`/problems/${code}`}>
              {code}
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}
