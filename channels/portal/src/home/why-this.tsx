import { Dialog, humanize, reading, SkeletonRows, View } from '@plinth/channels-ui';
import { linkClass } from '@plinth/channels-ui';
import type { DecidedItem } from '@plinth/client/personalization';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { usePersonalization } from '../parts/modules.ts';

/** Why this suggestion and not another, in the words of the decision itself. */
export function WhyThis({ decisionId, item, onClose }: { decisionId: string; item: DecidedItem; onClose: () => void }) {
  const { explainDecision } = usePersonalization();
  const record = useQuery(reading(explainDecision, { decisionId }));
  return (
    <Dialog open onClose={onClose} title="Why you see this">
      <p className="measure">{item.because}</p>
      <View query={record} skeleton={<SkeletonRows rows={3} />}>
        {({ candidates }) => (
          <>
            <h3 className="mt-24 mb-8 font-semibold">What else was considered</h3>
            <ul className="flex flex-col gap-12">
              {candidates
                .filter((candidate) => candidate.outcome !== 'chosen')
                .slice(0, 8)
                .map((candidate) => (
                  <li key={`${candidate.slot} ${candidate.actionId}`}>
                    <span className="font-medium">{humanize(candidate.actionId)}</span>
                    <span className="block text-14 text-muted">{candidate.reason}</span>
                  </li>
                ))}
            </ul>
          </>
        )}
      </View>
      <p className="mt-24 text-14 text-muted">
        Suggestions use your data only as you allow it.{' '}
        <Link to="/profile" className={linkClass} onClick={onClose}>
          Change what you allow
        </Link>
      </p>
    </Dialog>
  );
}
