import {
  buttonClass,
  type ContractCatalogue,
  type ContractOperation,
  Button,
  inputSchema,
  linkClass,
  needsNothing,
  OperationForm,
  PageTitle,
  Panel,
  ResultView,
  SkeletonRows,
  useOperations,
  usePlinth,
  View,
} from '@plinth/channels-ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { NotFoundPage } from './not-found.tsx';
import { isForCustomers } from './services.tsx';

/** Any operation as a page: its form, then its answer. */
export function ServicePage() {
  const { capability, operationId } = useParams({ from: '/do/$capability/$operationId' });
  const contracts = useOperations();
  return (
    <View
      framed
      query={contracts}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={5} />
        </Panel>
      }
    >
      {(catalogue) => {
        const operation = catalogue.byKey(`${capability}.${operationId}`);
        if (!operation || !isForCustomers(operation)) return <NotFoundPage />;
        return <Service key={operation.key} operation={operation} catalogue={catalogue} />;
      }}
    </View>
  );
}

/** Sentences for developers (status codes, operations by name) are left to the reference. */
function plainWords(description: string): string {
  const sentences = description.split(/(?<=[.!?])\s+/);
  return sentences.filter((sentence) => !/\b[2-5]\d\d\b|`/.test(sentence)).join(' ');
}

interface ServiceProps {
  operation: ContractOperation;
  catalogue: ContractCatalogue;
}

function Service({ operation, catalogue }: ServiceProps) {
  return (
    <>
      <p className="mb-8 text-14">
        <Link to="/services" className={linkClass}>
          All services
        </Link>
      </p>
      <PageTitle lead={plainWords(operation.description) || undefined}>{operation.title}</PageTitle>
      {needsNothing(operation, 'customer') ? (
        <Answered operation={operation} catalogue={catalogue} />
      ) : (
        <Asked operation={operation} catalogue={catalogue} />
      )}
    </>
  );
}

/** Reads that need nothing are answered at once; what can be narrowed down stands beside it. */
function Answered({ operation, catalogue }: ServiceProps) {
  const { client } = usePlinth();
  const { schema, fixed } = inputSchema(operation, 'customer');
  const [narrowed, setNarrowed] = useState<Readonly<Record<string, unknown>>>({});
  const answer = useQuery({
    queryKey: [operation.capability, operation.descriptor.id, 'service', narrowed],
    queryFn: async ({ signal }) => client.call(operation.descriptor, { ...fixed, ...narrowed }, { signal }),
  });
  const hasFilters = Object.keys(schema['properties'] ?? {}).length > 0;
  return (
    <div className="grid gap-24">
      {hasFilters && (
        <details className="rounded-card border border-subtle bg-panel">
          <summary className="min-h-control rounded-card px-16 py-8 font-medium">Narrow it down</summary>
          <div className="px-16 pt-8 pb-16">
            <OperationForm
              operation={operation}
              catalogue={catalogue}
              audience="customer"
              submitLabel="Show these"
              onDone={(_answer, input) => setNarrowed(input)}
            />
          </div>
        </details>
      )}
      <Panel flush>
        <View query={answer} skeleton={<SkeletonRows rows={5} />}>
          {(value) => <ResultView value={value} schema={operation.answer} document={catalogue.document} />}
        </View>
      </Panel>
    </div>
  );
}

function Asked({ operation, catalogue }: ServiceProps) {
  const { input } = useSearch({ from: '/do/$capability/$operationId' });
  const queries = useQueryClient();
  const [answer, setAnswer] = useState<{ value: unknown }>();
  const isRead = operation.descriptor.effect === 'read';
  return (
    <div className="grid max-w-[48rem] gap-24">
      {answer && (
        <Panel flush>
          {!isRead && (
            <output className="flex items-center gap-8 border-b border-subtle bg-positive-soft px-16 py-12 font-medium text-positive">
              <CircleCheck size={20} strokeWidth={1.5} aria-hidden />
              Done: {operation.title.charAt(0).toLowerCase() + operation.title.slice(1)}
            </output>
          )}
          <ResultView value={answer.value} schema={operation.answer} document={catalogue.document} />
        </Panel>
      )}
      {answer && !isRead ? (
        <div className="flex flex-wrap gap-12">
          <Button onClick={() => setAnswer(undefined)}>Do it again</Button>
          <Link to="/" className={buttonClass('quiet')}>
            Go to home
          </Link>
        </div>
      ) : (
        <Panel>
          <OperationForm
            operation={operation}
            catalogue={catalogue}
            audience="customer"
            initial={input}
            onDone={(value) => {
              setAnswer({ value });
              if (!isRead) void queries.invalidateQueries({ queryKey: [operation.capability] });
            }}
          />
        </Panel>
      )}
    </div>
  );
}
