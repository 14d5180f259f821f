import { useToast, NextBestAction, reading } from '@plinth/channels-ui';
import type { DecidedItem, Decision } from '@plinth/client/personalization';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { usePersonalization } from '../parts/modules.ts';
import { placeOf } from '../parts/place.ts';
import { WhyThis } from './why-this.tsx';

/** At most one suggestion, with its reason, a refusal and a never-again. Says nothing when there is nothing to say. */
export function NextForYou({ slot }: { slot: string }) {
  const personalization = usePersonalization();
  const decided = useQuery({
    ...reading(personalization.decideNextBestAction, { body: { slots: [slot] } }),
    // A suggestion stays while the page is looked at; the next visit asks anew.
    staleTime: Infinity,
    gcTime: 0,
  });
  const decision = decided.data;
  const item = decision?.slots.find((entry) => entry.slot === slot)?.items[0];
  if (!decision || !item) return null;
  return <Shown key={decision.id} decision={decision} item={item} />;
}

function Shown({ decision, item }: { decision: Decision; item: DecidedItem }) {
  const { recordOutcome } = usePersonalization();
  const navigate = useNavigate();
  const toast = useToast();
  const [isGone, setGone] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const tell = (kind: 'shown' | 'accepted' | 'refused' | 'never'): void => {
    // What became of a suggestion is worth knowing, never worth disturbing anybody for.
    void recordOutcome.safe({ decisionId: decision.id, body: { actionId: item.actionId, kind } });
  };
  // oxlint-disable-next-line react/exhaustive-deps -- once per suggestion.
  useEffect(() => tell('shown'), [decision.id]);
  if (isGone) return null;
  const place = placeOf(item, decision.id);
  return (
    <>
      <NextBestAction
        eyebrow="Next for you"
        suggestion={{ ...item, price: item.item?.price }}
        onAccept={
          place &&
          (() => {
            tell('accepted');
            void navigate(place);
          })
        }
        onRefuse={() => {
          tell('refused');
          setGone(true);
        }}
        onNever={() => {
          tell('never');
          setGone(true);
          toast('We will not show this again.');
        }}
        onWhy={() => setAsked(true)}
      />
      {isAsked && <WhyThis decisionId={decision.id} item={item} onClose={() => setAsked(false)} />}
    </>
  );
}
