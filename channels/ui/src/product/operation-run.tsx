import { useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { ContractCatalogue, ContractOperation } from '../contracts/catalogue.ts';
import { Panel } from '../data/panel.tsx';
import { SkeletonRows } from '../data/skeleton.tsx';
import { View } from '../data/view.tsx';
import { inputSchema, needsNothing, OperationForm, type OperationFormProps } from '../form/operation-form.tsx';
import { usePlinth } from '../platform/plinth.tsx';
import { Button } from '../primitives/button.tsx';
import { ResultView } from './result-view.tsx';

export interface OperationRunProps {
  operation: ContractOperation;
  catalogue: ContractCatalogue;
  audience: OperationFormProps['audience'];
  /** Values to start with, in the operation's input shape. */
  initial?: Readonly<Record<string, unknown>> | undefined;
  /** Beside *Do it again* once it is done. */
  after?: ReactNode;
}

/** Any operation, whole: its form, the call, and the answer. Reads that need nothing are answered at once. */
export function OperationRun(props: OperationRunProps) {
  return needsNothing(props.operation, props.audience) && props.initial === undefined ? (
    <Answered {...props} />
  ) : (
    <Asked {...props} />
  );
}

function Answered({ operation, catalogue, audience }: OperationRunProps) {
  const { client } = usePlinth();
  const { schema, fixed } = inputSchema(operation, audience);
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
              audience={audience}
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

function Asked({ operation, catalogue, audience, initial, after }: OperationRunProps) {
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
          {after}
        </div>
      ) : (
        <Panel>
          <OperationForm
            operation={operation}
            catalogue={catalogue}
            audience={audience}
            initial={initial}
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
