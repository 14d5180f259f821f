import { NextBestAction, reading, useToast } from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { usePersonalization } from '../parts/modules.ts';

const slot = 'desk.nextAction';

/** What to offer or do for this customer now, decided by the same policy as everywhere else. */
export function NextAction({ customerId, className }: { customerId: string; className?: string }) {
  const { decideNextBestAction, recordOutcome } = usePersonalization();
  const navigate = useNavigate();
  const toast = useToast();
  const [isGone, setGone] = useState(false);
  const decided = useQuery({
    ...reading(decideNextBestAction, { body: { slots: [slot], customerId } }),
    staleTime: Infinity,
    gcTime: 0,
  });
  const item = decided.data?.slots.find((entry) => entry.slot === slot)?.items[0];
  const decisionId = decided.data?.id;
  const tell = (kind: 'shown' | 'accepted' | 'refused' | 'never'): void => {
    if (item && decisionId !== undefined)
      void recordOutcome.safe({ decisionId, body: { actionId: item.actionId, kind } });
  };
  // oxlint-disable-next-line react/exhaustive-deps -- once per suggestion.
  useEffect(() => tell('shown'), [decisionId]);
  if (!item || isGone) return null;
  const [capability = '', operationId = ''] = item.accept?.operation.split('.') ?? [];
  return (
    <div className={className}>
      <NextBestAction
        isSmall
        eyebrow="Next best action"
        suggestion={{ ...item, price: item.item?.price }}
        onAccept={() => {
          tell('accepted');
          setGone(true);
          if (item.accept)
            void navigate({
              to: '/do/$capability/$operationId',
              params: { capability, operationId },
              search: { customer: customerId },
            });
          else toast('Noted: the customer took it.');
        }}
        onRefuse={() => {
          tell('refused');
          setGone(true);
        }}
        onNever={() => {
          tell('never');
          setGone(true);
          toast('It will not be offered to this customer again.');
        }}
      />
    </div>
  );
}
