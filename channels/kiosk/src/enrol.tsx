import { Brand, Button, KioskFrame, ThemeSwitch } from '@plinth/channels-ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { beginEnrolment, enrolmentState } from './device.ts';

const askEveryMs = 2000;

/** A new device: staff type the code it shows, once. */
export function EnrolScreen() {
  const queries = useQueryClient();
  const code = useQuery({ queryKey: ['enrolment'], queryFn: beginEnrolment, staleTime: Infinity, gcTime: 0 });
  const state = useQuery({
    queryKey: ['enrolment', 'state', code.data?.userCode],
    queryFn: enrolmentState,
    enabled: code.data !== undefined,
    refetchInterval: ({ state: { data } }) => (data?.state === 'ended' ? false : askEveryMs),
    gcTime: 0,
  });
  const isEnrolled = state.data?.state === 'enrolled';
  useEffect(() => {
    if (isEnrolled) void queries.invalidateQueries({ queryKey: ['session'] });
  }, [isEnrolled, queries]);
  const isOver = code.isError || state.data?.state === 'ended';
  return (
    <KioskFrame brand={<Brand name="Northfold" />} aside={<ThemeSwitch />}>
      <h1 className="text-48 font-semibold tracking-tight">This kiosk is new here</h1>
      {isOver ? (
        <>
          <p className="measure">The code has ended. With a new one, staff can make this kiosk ready.</p>
          <div>
            <Button variant="primary" onClick={() => void code.refetch()}>
              Show a new code
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="measure">
            Staff make it ready: open <span className="font-mono break-all">{code.data?.address ?? '…'}</span> on any
            device, sign in, and type this code.
          </p>
          <output
            aria-label="Code"
            className="rounded-card bg-accent-soft p-32 text-center font-mono text-48 font-semibold tracking-widest"
          >
            {code.data?.userCode ?? '········'}
          </output>
        </>
      )}
    </KioskFrame>
  );
}
