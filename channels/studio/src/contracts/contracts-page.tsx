import {
  Field,
  humanize,
  matches,
  PageTitle,
  Panel,
  SkeletonRows,
  Table,
  TextInput,
  useOperations,
  View,
} from '@plinth/channels-ui';
import { linkClass, Empty } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { touchpointsOf } from './policy-words.ts';

/** Every contract in force, those dropped in while the platform runs included. */
export function ContractsPage() {
  const contracts = useOperations();
  const [typed, setTyped] = useState('');
  return (
    <>
      <PageTitle lead="What this platform can do. Each operation appears by itself wherever its contract offers it.">
        Contracts
      </PageTitle>
      <Field label="Find an operation" className="mb-16 max-w-[32rem]">
        {(control) => (
          <TextInput {...control} type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
        )}
      </Field>
      <Panel flush>
        <View query={contracts} skeleton={<SkeletonRows rows={10} />}>
          {({ operations }) => {
            const found = operations.filter((operation) => matches(operation, typed));
            const rows = [...Map.groupBy(found, ({ capability }) => capability)]
              .toSorted(([left], [right]) => left.localeCompare(right))
              .map(([capability, members]) => ({ capability, members }));
            if (rows.length === 0)
              return <Empty title={`Nothing found for “${typed}”`} text="Try another word, or part of a name." />;
            return (
              <Table
                caption="Contracts"
                rows={rows}
                keyOf={({ capability }) => capability}
                columns={[
                  {
                    id: 'name',
                    title: 'Contract',
                    renderCell: ({ capability }) => (
                      <Link to="/contracts/$capability" params={{ capability }} className={linkClass}>
                        {humanize(capability)}
                      </Link>
                    ),
                  },
                  { id: 'count', title: 'Operations', numeric: true, renderCell: ({ members }) => members.length },
                  {
                    id: 'changes',
                    title: 'That change something',
                    numeric: true,
                    wideOnly: true,
                    renderCell: ({ members }) =>
                      members.filter(({ descriptor }) => descriptor.effect !== 'read').length,
                  },
                  {
                    id: 'touchpoints',
                    title: 'Touchpoints',
                    wideOnly: true,
                    renderCell: ({ members }) => (
                      <span className="text-muted">{[...new Set(members.flatMap(touchpointsOf))].join(', ')}</span>
                    ),
                  },
                ]}
              />
            );
          }}
        </View>
      </Panel>
    </>
  );
}
