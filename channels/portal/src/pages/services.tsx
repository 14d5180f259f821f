import { type ContractOperation, OperationIndex, PageTitle } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';

/** Every operation a customer may call, straight out of the contracts: also those nobody made a page for. */
export function ServicesPage() {
  return (
    <>
      <PageTitle lead="Everything you can do here. New services appear by themselves.">All services</PageTitle>
      <OperationIndex
        isOffered={isForCustomers}
        renderLink={(entry, className, children) => {
          const [capability = '', operationId = ''] = entry.key.split('.');
          return (
            <Link to="/do/$capability/$operationId" params={{ capability, operationId }} className={className}>
              {children}
            </Link>
          );
        }}
      />
    </>
  );
}

export function isForCustomers(operation: ContractOperation): boolean {
  const isHere = operation.channels === undefined || operation.channels.includes('web');
  return isHere && operation.audience.includes('customer');
}
