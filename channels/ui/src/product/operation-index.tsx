import { type ReactNode, useState } from 'react';
import type { ContractOperation } from '../contracts/catalogue.ts';
import { useOperations } from '../contracts/use-operations.ts';
import { Empty } from '../data/empty.tsx';
import { Panel } from '../data/panel.tsx';
import { RowList, type RowListProps } from '../data/row-list.tsx';
import { SkeletonRows } from '../data/skeleton.tsx';
import { View } from '../data/view.tsx';
import { Button } from '../primitives/button.tsx';
import { Field } from '../primitives/field.tsx';
import { TextInput } from '../primitives/inputs.tsx';
import { humanize } from '../words/humanize.ts';

export interface OperationIndexProps {
  /** Which operations are shown. */
  isOffered: (operation: ContractOperation) => boolean;
  renderLink: NonNullable<RowListProps['renderLink']>;
  /** At the end of a row. */
  renderValue?: (operation: ContractOperation) => ReactNode;
}

/** Operations by capability with a search, straight out of the contracts: also those nobody made a page for. */
export function OperationIndex({ isOffered, renderLink, renderValue }: OperationIndexProps) {
  const contracts = useOperations();
  const [typed, setTyped] = useState('');
  return (
    <>
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
          const shown = operations.filter((operation) => isOffered(operation) && matches(operation, typed));
          if (shown.length === 0)
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
              {grouped(shown).map(([capability, members]) => (
                <Panel key={capability} title={humanize(capability)} className="mb-24 break-inside-avoid" flush>
                  <RowList
                    label={humanize(capability)}
                    entries={members.map((operation) => ({
                      key: operation.key,
                      title: operation.title,
                      value: renderValue?.(operation),
                    }))}
                    renderLink={renderLink}
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

/** Every word typed stands somewhere in what the contract says of the operation. */
export function matches(operation: ContractOperation, typed: string): boolean {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const { key, title, capability, tag, description } = operation;
  const said = `${title} ${capability} ${tag} ${description} ${key}`.toLowerCase();
  return words.every((word) => said.includes(word));
}

function grouped(operations: readonly ContractOperation[]): [string, ContractOperation[]][] {
  const groups = Map.groupBy(operations, (operation) => operation.capability);
  return [...groups].toSorted(([left], [right]) => left.localeCompare(right));
}
