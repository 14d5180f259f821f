import {
  type ContractOperation,
  linkClass,
  OperationIndex,
  OperationRun,
  PageTitle,
  Panel,
  SkeletonRows,
  useOperations,
  View,
} from '@plinth/channels-ui';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { NotFoundPage } from './not-found.tsx';

/** Every operation staff may call, straight out of the contracts. */
export function ServicesPage() {
  const search = useSearch({ from: '/services' });
  return (
    <>
      <PageTitle lead="Everything the desk can do. New services appear by themselves.">All services</PageTitle>
      <OperationIndex
        isOffered={isForStaff}
        renderLink={(entry, className, children) => {
          const [capability = '', operationId = ''] = entry.key.split('.');
          return (
            <Link
              to="/do/$capability/$operationId"
              params={{ capability, operationId }}
              search={search}
              className={className}
            >
              {children}
            </Link>
          );
        }}
      />
    </>
  );
}

/** One operation; for a chosen customer their id is filled in wherever it is asked for. */
export function ServicePage() {
  const { capability, operationId } = useParams({ from: '/do/$capability/$operationId' });
  const { customer } = useSearch({ from: '/do/$capability/$operationId' });
  const contracts = useOperations();
  return (
    <View
      framed
      query={contracts}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={5} />
        </Panel>
      }
    >
      {(catalogue) => {
        const operation = catalogue.byKey(`${capability}.${operationId}`);
        if (!operation || !isForStaff(operation)) return <NotFoundPage />;
        return (
          <>
            <p className="mb-8">
              <Link to="/services" search={customer === undefined ? {} : { customer }} className={linkClass}>
                All services
              </Link>
            </p>
            <PageTitle lead={operation.description || undefined}>{operation.title}</PageTitle>
            <OperationRun
              key={operation.key}
              operation={operation}
              catalogue={catalogue}
              audience="staff"
              initial={customer === undefined ? undefined : filledFor(operation, customer)}
            />
          </>
        );
      }}
    </View>
  );
}

function isForStaff(operation: ContractOperation): boolean {
  const isHere = operation.channels === undefined || operation.channels.includes('desk');
  return isHere && operation.audience.includes('staff');
}

function filledFor(operation: ContractOperation, customerId: string): Record<string, unknown> | undefined {
  const isParam = operation.params.some(({ name }) => name === 'customerId');
  const body = operation.body?.schema['properties'] as Record<string, unknown> | undefined;
  if (isParam) return { customerId };
  return body?.['customerId'] === undefined ? undefined : { body: { customerId } };
}
