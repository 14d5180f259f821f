import {
  type ContractCatalogue,
  type ContractOperation,
  DescriptionList,
  humanize,
  linkClass,
  PageTitle,
  Panel,
  SkeletonRows,
  StateBadge,
  useOperations,
  View,
} from '@plinth/channels-ui';
import { Link, useParams } from '@tanstack/react-router';
import { NotFoundPage } from '../not-found.tsx';
import { policyWords, touchpointsOf } from './policy-words.ts';

export function ContractPage() {
  const { capability } = useParams({ from: '/contracts/$capability' });
  const contracts = useOperations();
  return (
    <View
      framed
      query={contracts}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={10} />
        </Panel>
      }
    >
      {(catalogue) => {
        const operations = catalogue.operations.filter((operation) => operation.capability === capability);
        if (operations.length === 0) return <NotFoundPage />;
        return (
          <>
            <p className="mb-8 flex flex-wrap gap-16">
              <Link to="/contracts" className={linkClass}>
                All contracts
              </Link>
              <a href={`/${capability}/v1/openapi.json`} className={linkClass}>
                OpenAPI document
              </a>
            </p>
            <PageTitle>{humanize(capability)}</PageTitle>
            <States catalogue={catalogue} capability={capability} />
            <Panel title="Operations" flush className="max-w-[72rem]">
              <ul className="divide-y divide-subtle">
                {operations.map((operation) => (
                  <li key={operation.key} className="border-subtle">
                    <Operation operation={operation} />
                  </li>
                ))}
              </ul>
            </Panel>
          </>
        );
      }}
    </View>
  );
}

function Operation({ operation }: { operation: ContractOperation }) {
  return (
    <details className="group">
      <summary className="flex min-h-row flex-wrap items-baseline justify-between gap-x-24 gap-y-2 px-16 py-8 hover:bg-sunken">
        <span>
          <span className="font-medium">{operation.title}</span>{' '}
          <code className="font-mono text-13 text-muted">{operation.descriptor.id}</code>
        </span>
        <span className="text-13 text-muted">{touchpointsOf(operation).join(' · ')}</span>
      </summary>
      <div className="px-16 pt-8 pb-24">
        <p className="mb-12 font-mono text-13 break-all">
          {operation.descriptor.method} {operation.descriptor.path}
        </p>
        {operation.description !== '' && <p className="measure mb-16">{operation.description}</p>}
        <DescriptionList entries={policyWords(operation)} />
        <p className="mt-16">
          <a href={`/developers/reference/${operation.capability}/${operation.descriptor.id}`} className={linkClass}>
            Reference and try-it
          </a>
        </p>
      </div>
    </details>
  );
}

/** State machines of the contract's things: which state leads to which, and by which operation. */
function States({ catalogue, capability }: { catalogue: ContractCatalogue; capability: string }) {
  const schemas =
    (catalogue.document['components'] as { schemas?: Record<string, unknown> } | undefined)?.schemas ?? {};
  const found = Object.keys(schemas)
    .filter((name) => name.startsWith(`${capability}.`))
    .map((name) => name.slice(capability.length + 1))
    .flatMap((name) => {
      const states = catalogue.states(capability, name);
      return states ? [{ name, states }] : [];
    });
  return found.map(({ name, states }) => (
    <Panel key={name} title={`States of ${humanize(name).toLowerCase()}`} className="mb-24 max-w-[72rem]">
      <ul className="grid gap-8">
        {states.moves.map((move) => (
          <li key={`${move.name} ${move.to}`} className="flex flex-wrap items-center gap-8">
            {move.from.map((from) => (
              <StateBadge key={from} state={from} />
            ))}
            <span className="text-muted">
              <span aria-hidden>→</span>
              <span className="sr-only">to</span>
            </span>
            <StateBadge state={move.to} />
            <span className="text-13 text-muted">
              {humanize(move.name)}, by <code className="font-mono">{move.by}</code>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  ));
}
