import { Brand, Button, type ContractOperation, KioskFrame } from '@plinth/channels-ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Smartphone } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { beginVisit, visitState } from './device.ts';

const askEveryMs = 1500;

export interface VisitScreenProps {
  task: ContractOperation;
  aside: ReactNode;
  onBack: () => void;
}

/** The customer says with their own phone that this is them; nothing secret is typed on a shared screen. */
export function VisitScreen({ task, aside, onBack }: VisitScreenProps) {
  const queries = useQueryClient();
  const code = useQuery({ queryKey: ['visit'], queryFn: beginVisit, staleTime: Infinity, gcTime: 0 });
  const state = useQuery({
    queryKey: ['visit', 'state', code.data?.code],
    queryFn: visitState,
    enabled: code.data !== undefined,
    refetchInterval: ({ state: { data } }) => (data?.state === 'ended' ? false : askEveryMs),
    gcTime: 0,
  });
  const isHere = state.data?.state === 'arrived';
  useEffect(() => {
    if (isHere) void queries.invalidateQueries({ queryKey: ['session'] });
  }, [isHere, queries]);
  const isOver = code.isError || state.data?.state === 'ended';
  return (
    <KioskFrame
      brand={<Brand name="Northfold" />}
      aside={aside}
      controls={
        <>
          <Button onClick={onBack}>Back</Button>
          {isOver && (
            <Button variant="primary" onClick={() => void code.refetch()}>
              Show a new code
            </Button>
          )}
        </>
      }
    >
      <p className="text-muted">{task.title}</p>
      <h1 className="text-48 font-semibold tracking-tight">
        {isOver ? 'That took too long' : 'Say that it is you, with your phone'}
      </h1>
      {isOver ? (
        <p className="measure">The code has ended. Nothing was done.</p>
      ) : (
        <>
          <p className="measure flex items-start gap-16">
            <Smartphone size={32} strokeWidth={1.5} aria-hidden className="mt-2 shrink-0 text-muted" />
            <span>
              Open <span className="font-mono break-all">{code.data?.address ?? '…'}</span> and sign in. It must show
              these four signs.
            </span>
          </p>
          <output
            aria-label="Code"
            className="rounded-card bg-accent-soft p-32 text-center font-mono text-48 font-semibold tracking-widest"
          >
            {code.data?.code ?? '····'}
          </output>
        </>
      )}
    </KioskFrame>
  );
}
