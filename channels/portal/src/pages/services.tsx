import {
  type ContractOperation,
  Empty,
  Field,
  PageTitle,
  Panel,
  RowList,
  SkeletonRows,
  TextInput,
  useOperations,
  View,
  Button,
  humanize,
} from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

/** Every operation a customer may call, straight out of the contracts: also those nobody made a page for. */
export function ServicesPage() {
  const contracts = useOperations();
  const [typed, setTyped] = useState('');
  return (
    <>
      <PageTitle lead="Everything you can do here. New services appear by themselves.">All services</PageTitle>
      <Field label="Find a service" className="mb-24 max-w-[32rem]">
        {(control) => (
          <TextInput {...control} type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
        )}
      </Field>
      <View
        framed
        query={contracts}
        skeleton={
          <Panel flush>
            <SkeletonRows rows={8} />
          </Panel>
        }
      >
        {({ operations }) => {
          const groups = grouped(
            operations.filter((operation) => isForCustomers(operation) && matches(operation, typed)),
          );
          if (groups.length === 0)
            return (
              <Panel flush>
                <Empty
                  title={`Nothing found for “${typed}”`}
                  text="Try another word."
                  action={<Button onClick={() => setTyped('')}>Show all services</Button>}
                />
              </Panel>
            );
          return (
            <div className="gap-24 md:columns-2">
              {groups.map(([capability, members]) => (
                <Panel key={capability} title={humanize(capability)} className="mb-24 break-inside-avoid" flush>
                  <RowList
                    label={humanize(capability)}
                    entries={members.map((operation) => ({ key: operation.key, title: operation.title }))}
                    renderLink={(entry, className, children) => {
                      const [capability = '', operationId = ''] = entry.key.split('.');
                      return (
                        <Link
                          to="/do/$capability/$operationId"
                          params={{ capability, operationId }}
                          className={className}
                        >
                          {children}
                        </Link>
                      );
                    }}
                  />
                </Panel>
              ))}
            </div>
          );
        }}
      </View>
    </>
  );
}

export function isForCustomers(operation: ContractOperation): boolean {
  const isHere = operation.channels === undefined || operation.channels.includes('web');
  return isHere && operation.audience.includes('customer');
}

function matches(operation: ContractOperation, typed: string): boolean {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const said = `${operation.title} ${operation.capability} ${operation.tag} ${operation.description}`.toLowerCase();
  return words.every((word) => said.includes(word));
}

function grouped(operations: readonly ContractOperation[]): [string, ContractOperation[]][] {
  const groups = Map.groupBy(operations, (operation) => operation.capability);
  return [...groups].toSorted(([left], [right]) => left.localeCompare(right));
}
