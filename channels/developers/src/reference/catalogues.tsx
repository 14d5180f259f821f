import { linkClass, PageTitle, Panel, RowList, SkeletonRows, useOperations, View } from '@plinth/channels-ui';
import type { ContractCatalogue, ContractOperation } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { answersOf } from './answers.ts';
import { eventsOf, problemsOf } from './policy.ts';

/** Everything a call can be refused with. */
export function ProblemsPage() {
  return (
    <Catalogue
      title="Problems"
      lead="Every refusal is a problem document (RFC 9457). Its code is stable; its advice says what to do next."
      gather={(catalogue) =>
        catalogue.operations.flatMap((operation) =>
          problemsOf(operation, answersOf(operation, catalogue)).map(({ code, status }) => ({
            key: code,
            value: String(status),
            operation,
          })),
        )
      }
      href={(code) => `/problems/${code}`}
    />
  );
}

/** Facts that applications can be told by webhook. */
export function EventsPage() {
  return (
    <Catalogue
      title="Events"
      lead="What happened, as CloudEvents 1.0. A webhook endpoint chooses which of them it wants."
      gather={(catalogue) =>
        catalogue.operations.flatMap((operation) =>
          eventsOf(operation).map((event) => ({ key: event, value: '', operation })),
        )
      }
    />
  );
}

interface Found {
  key: string;
  value: string;
  operation: ContractOperation;
}

interface CatalogueProps {
  title: string;
  lead: string;
  gather: (catalogue: ContractCatalogue) => Found[];
  href?: (key: string) => string;
}

const mostShown = 6;

function Catalogue({ title, lead, gather, href }: CatalogueProps) {
  const contracts = useOperations();
  return (
    <>
      <PageTitle lead={lead}>{title}</PageTitle>
      <Panel flush className="max-w-[60rem]">
        <View query={contracts} skeleton={<SkeletonRows rows={12} />}>
          {(catalogue) => {
            const groups = [...Map.groupBy(gather(catalogue), ({ key }) => key)].toSorted(([left], [right]) =>
              left.localeCompare(right),
            );
            return (
              <RowList
                label={title}
                entries={groups.map(([key, found]) => ({
                  key,
                  title: href ? (
                    <a className={`${linkClass} inline-block py-4 font-mono text-13`} href={href(key)}>
                      {key}
                    </a>
                  ) : (
                    <code className="font-mono text-13">{key}</code>
                  ),
                  detail: <Operations operations={found.map(({ operation }) => operation)} />,
                  value: <span className="text-muted">{found[0]?.value}</span>,
                }))}
              />
            );
          }}
        </View>
      </Panel>
    </>
  );
}

function Operations({ operations }: { operations: readonly ContractOperation[] }) {
  const shown = operations.slice(0, mostShown);
  return (
    <>
      {shown.map((operation, index) => (
        <Fragment key={operation.key}>
          {index > 0 && ', '}
          <Link
            to="/reference/$capability/$operationId"
            params={{ capability: operation.capability, operationId: operation.descriptor.id }}
            className={`${linkClass} inline-block py-4`}
          >
            {operation.title}
          </Link>
        </Fragment>
      ))}
      {operations.length > mostShown && ` and ${operations.length - mostShown} more`}
    </>
  );
}
