import {
  buttonClass,
  type ContractCatalogue,
  type ContractOperation,
  linkClass,
  OperationRun,
  PageTitle,
  Panel,
  SkeletonRows,
  useOperations,
  View,
} from '@plinth/channels-ui';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { NotFoundPage } from './not-found.tsx';
import { isForCustomers } from './services.tsx';

/** Any operation as a page: its form, then its answer. */
export function ServicePage() {
  const { capability, operationId } = useParams({ from: '/do/$capability/$operationId' });
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
        if (!operation || !isForCustomers(operation)) return <NotFoundPage />;
        return <Service key={operation.key} operation={operation} catalogue={catalogue} />;
      }}
    </View>
  );
}

/** Sentences for developers (status codes, operations by name) are left to the reference. */
function plainWords(description: string): string {
  const sentences = description.split(/(?<=[.!?])\s+/);
  return sentences.filter((sentence) => !/\b[2-5]\d\d\b|`/.test(sentence)).join(' ');
}

interface ServiceProps {
  operation: ContractOperation;
  catalogue: ContractCatalogue;
}

function Service({ operation, catalogue }: ServiceProps) {
  const { input } = useSearch({ from: '/do/$capability/$operationId' });
  return (
    <>
      <p className="mb-8 text-14">
        <Link to="/services" className={linkClass}>
          All services
        </Link>
      </p>
      <PageTitle lead={plainWords(operation.description) || undefined}>{operation.title}</PageTitle>
      <OperationRun
        operation={operation}
        catalogue={catalogue}
        audience="customer"
        initial={input}
        after={
          <Link to="/" className={buttonClass('quiet')}>
            Go to home
          </Link>
        }
      />
    </>
  );
}
