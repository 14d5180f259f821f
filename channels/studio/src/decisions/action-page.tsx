import {
  Badge,
  type ContractCatalogue,
  humanize,
  linkClass,
  PageTitle,
  Panel,
  SchemaForm,
  SkeletonRows,
  useOperations,
  useToast,
  View,
} from '@plinth/channels-ui';
import type { Action, PolicyState } from '@plinth/client/personalization';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { NotFoundPage } from '../not-found.tsx';
import { TryPerson } from './try-person.tsx';
import { actionsOf, usePolicy, withAction } from './use-policy.ts';

const blank: Action = {
  action: '',
  kind: 'offer',
  title: '',
  enabled: true,
  treatments: [{ slot: 'home.hero', title: '' }],
};

/** One offer or rule as a form out of the contract; saving makes or changes the draft. */
export function ActionPage() {
  const { name } = useParams({ from: '/offers/$name' });
  const { policy } = usePolicy();
  const contracts = useOperations();
  return (
    <View
      framed
      query={policy}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={10} />
        </Panel>
      }
    >
      {(found) => {
        const action = name === 'new' ? blank : actionsOf(found).find((each) => each.action === name);
        if (!action) return <NotFoundPage />;
        if (!contracts.data) return null;
        return <Editor key={name} action={action} policy={found} catalogue={contracts.data} />;
      }}
    </View>
  );
}

interface EditorProps {
  action: Action;
  policy: PolicyState;
  catalogue: ContractCatalogue;
}

function Editor({ action, policy, catalogue }: EditorProps) {
  const { save, refresh } = usePolicy();
  const toast = useToast();
  const navigate = useNavigate();
  const isNew = action.action === '';
  const schema = catalogue.schema('personalization', 'Action') ?? {};
  const findings = (policy.draft?.findings ?? []).filter((finding) => finding.action === action.action);
  const submit = async (values: unknown): Promise<void> => {
    const next = values as Action;
    const { draft } = await save.mutateAsync({ body: withAction(policy, next) });
    refresh();
    const errors = draft?.findings.filter((each) => each.action === next.action && each.severity === 'error') ?? [];
    toast(errors.length > 0 ? 'Saved in the draft. Something in it must be mended.' : 'Saved in the draft.');
    if (isNew) await navigate({ to: '/offers/$name', params: { name: next.action } });
  };
  return (
    <>
      <p className="mb-8">
        <Link to="/offers" className={linkClass}>
          Offers and rules
        </Link>
      </p>
      <PageTitle aside={policy.draft && <Badge tone="info">Draft</Badge>}>
        {isNew ? 'A new offer' : action.title}
      </PageTitle>
      <div className="grid items-start gap-24 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
        <div className="grid gap-16">
          {findings.length > 0 && (
            <ul role="alert" className="grid gap-4 rounded-card bg-caution-soft p-16">
              {findings.map((finding) => (
                <li key={finding.message}>
                  <span className="font-medium">{humanize(finding.severity)}:</span> {finding.message}
                </li>
              ))}
            </ul>
          )}
          <Panel>
            <SchemaForm
              schema={schema}
              document={catalogue.document}
              initial={action}
              submitLabel="Save in the draft"
              bodyPointer=""
              onSubmit={submit}
            />
          </Panel>
        </div>
        <TryPerson slots={action.treatments.map(({ slot }) => slot)} />
      </div>
    </>
  );
}
