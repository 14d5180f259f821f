import {
  DescriptionList,
  humanize,
  InstantText,
  linkClass,
  PageTitle,
  Panel,
  reading,
  SkeletonRows,
  useModule,
  View,
} from '@plinth/channels-ui';
import { createPersonalization } from '@plinth/client/personalization';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Candidates } from './candidates.tsx';

export function DecisionPage() {
  const { decisionId } = useParams({ from: '/log/$decisionId' });
  const { explainDecision } = useModule(createPersonalization);
  const record = useQuery(reading(explainDecision, { decisionId }));
  return (
    <>
      <p className="mb-8">
        <Link to="/log" className={linkClass}>
          Decision log
        </Link>
      </p>
      <PageTitle>Decision</PageTitle>
      <View
        framed
        query={record}
        skeleton={
          <Panel flush>
            <SkeletonRows rows={8} />
          </Panel>
        }
      >
        {(found) => (
          <div className="grid items-start gap-24 lg:grid-cols-2">
            <Panel title="What it was">
              <DescriptionList
                entries={[
                  { term: 'When', value: <InstantText instant={found.at} /> },
                  { term: 'Channel', value: humanize(found.channel ?? 'unknown') },
                  { term: 'Revision', value: found.policyRevision },
                  {
                    term: 'Customer',
                    value: (
                      <span className="flex flex-wrap gap-12">
                        <Link to="/log" search={{ customer: found.customerId }} className={linkClass}>
                          All their decisions
                        </Link>
                        <a href={`/desk/customers/${found.customerId}`} className={linkClass}>
                          At the desk
                        </a>
                      </span>
                    ),
                  },
                  {
                    term: 'What became of it',
                    value:
                      found.outcomes && found.outcomes.length > 0
                        ? found.outcomes.map(({ kind }) => humanize(kind)).join(', ')
                        : 'Nothing yet',
                  },
                  { term: 'Id', value: <code className="font-mono text-13 break-all">{found.id}</code> },
                ]}
              />
            </Panel>
            <Panel>
              <Candidates record={found} />
            </Panel>
          </div>
        )}
      </View>
    </>
  );
}
