import {
  asProblem,
  Badge,
  Button,
  buttonClass,
  Dialog,
  Field,
  humanize,
  InstantText,
  linkClass,
  OperationButton,
  PageTitle,
  Panel,
  ProblemPanel,
  reading,
  SkeletonRows,
  Table,
  Textarea,
  useModule,
  useToast,
  View,
} from '@plinth/channels-ui';
import { type Action, createPersonalization, type PolicyState } from '@plinth/client/personalization';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { changedActions } from './changes.ts';
import { actionsOf, usePolicy } from './use-policy.ts';

export function PolicyPage() {
  const { policy } = usePolicy();
  return (
    <>
      <PageTitle
        lead="What may be suggested, to whom, when and why. Edit a draft, try it on a person, publish: the next decision of every channel uses it."
        aside={
          <Link to="/offers/$name" params={{ name: 'new' }} className={buttonClass()}>
            Add an offer
          </Link>
        }
      >
        Offers and rules
      </PageTitle>
      <View
        framed
        query={policy}
        skeleton={
          <Panel flush>
            <SkeletonRows rows={8} />
          </Panel>
        }
      >
        {(found) => (
          <div className="grid max-w-[72rem] gap-24">
            {found.draft && <Draft policy={found} />}
            <Panel title={found.draft ? 'As in the draft' : 'Live now'} flush>
              <Actions policy={found} />
            </Panel>
            <Revisions policy={found} />
          </div>
        )}
      </View>
    </>
  );
}

function Actions({ policy }: { policy: PolicyState }) {
  const findings = policy.draft?.findings ?? [];
  return (
    <Table<Action>
      caption="Offers and rules"
      rows={actionsOf(policy)}
      keyOf={({ action }) => action}
      columns={[
        {
          id: 'title',
          title: 'Name',
          renderCell: ({ action, title }) => (
            <Link to="/offers/$name" params={{ name: action }} className={linkClass}>
              {title}
            </Link>
          ),
        },
        {
          id: 'state',
          title: 'State',
          renderCell: ({ action, enabled }) =>
            findings.some((each) => each.action === action && each.severity === 'error') ? (
              <Badge tone="critical">Must be mended</Badge>
            ) : (
              <Badge tone={enabled ? 'positive' : 'neutral'}>{enabled ? 'In use' : 'Off'}</Badge>
            ),
        },
        { id: 'kind', title: 'Kind', wideOnly: true, renderCell: ({ kind }) => humanize(kind) },
        {
          id: 'slots',
          title: 'Slots',
          wideOnly: true,
          renderCell: ({ treatments }) => (
            <span className="text-muted">{treatments.map(({ slot }) => slot).join(', ')}</span>
          ),
        },
        { id: 'value', title: 'Value', numeric: true, renderCell: ({ value }) => value ?? 1 },
      ]}
    />
  );
}

function Draft({ policy }: { policy: PolicyState }) {
  const [isAsking, setAsking] = useState(false);
  const draft = policy.draft;
  if (!draft) return null;
  const changed = changedActions(policy.actions, draft.actions);
  const errors = draft.findings.filter(({ severity }) => severity === 'error');
  return (
    <Panel
      title="Draft"
      aside={
        <Button variant="primary" disabled={errors.length > 0 || changed.length === 0} onClick={() => setAsking(true)}>
          Publish draft
        </Button>
      }
    >
      <p className="mb-12 text-muted">
        Saved <InstantText instant={draft.savedAt} /> by {draft.savedBy}, based on revision {draft.base}.
        {errors.length > 0 && ' It cannot be published before its errors are mended.'}
        {changed.length === 0 && ' It is the same as what is live.'}
      </p>
      <ul className="grid gap-8">
        {changed.map(({ name, is, changes }) => (
          <li key={name}>
            <span className="font-medium">{humanize(name)}</span> <Badge tone="info">{humanize(is)}</Badge>
            <ul className="ms-16 text-13">
              {changes.map((change) => (
                <li key={change.where}>
                  <span className="text-muted">{change.where}:</span> {change.before} <span aria-hidden>→</span>
                  <span className="sr-only">becomes</span> {change.after}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {draft.findings.length > 0 && (
        <ul aria-label="Findings" className="mt-12 grid gap-4">
          {draft.findings.map((finding) => (
            <li key={finding.action + finding.message} className="flex flex-wrap items-baseline gap-8">
              <Badge tone={finding.severity === 'error' ? 'critical' : 'caution'}>{humanize(finding.severity)}</Badge>
              <span>
                {humanize(finding.action)}: {finding.message}
              </span>
            </li>
          ))}
        </ul>
      )}
      {isAsking && <Publish count={changed.length} onClose={() => setAsking(false)} />}
    </Panel>
  );
}

/** Asks for the reason, which stands in the list of revisions. */
function Publish({ count, onClose }: { count: number; onClose: () => void }) {
  const { publish, refresh } = usePolicy();
  const toast = useToast();
  const [note, setNote] = useState('');
  const [isMissing, setMissing] = useState(false);
  const send = (): void => {
    setMissing(note.trim() === '');
    if (note.trim() === '' || publish.isPending) return;
    publish.mutate(
      { body: { note: note.trim() } },
      {
        onSuccess: ({ revision }) => {
          onClose();
          refresh();
          toast(`Revision ${revision} is live.`);
        },
      },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Publish ${count} ${count === 1 ? 'change' : 'changes'}?`}
      actions={
        <>
          <Button variant="primary" busy={publish.isPending} onClick={send}>
            Publish draft
          </Button>
          <Button onClick={onClose}>Keep editing</Button>
        </>
      }
    >
      <Field
        label="What changes and why"
        hint="Stands in the list of revisions."
        error={isMissing ? 'Say what changes and why.' : undefined}
      >
        {(control) => (
          <Textarea {...control} maxLength={300} value={note} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
      {publish.error && (
        <div className="mt-12 rounded-card border border-critical">
          <ProblemPanel problem={asProblem(publish.error)} />
        </div>
      )}
    </Dialog>
  );
}

function Revisions({ policy }: { policy: PolicyState }) {
  const { listPolicyRevisions, publishPolicy } = useModule(createPersonalization);
  const { refresh } = usePolicy();
  const toast = useToast();
  const revisions = useQuery(reading(listPolicyRevisions, { limit: 20 }));
  return (
    <Panel title="Revisions" flush>
      <View query={revisions} skeleton={<SkeletonRows rows={3} />}>
        {({ items }) => (
          <Table
            caption="Revisions"
            rows={items}
            keyOf={({ revision }) => String(revision)}
            columns={[
              { id: 'revision', title: 'Revision', numeric: true, renderCell: ({ revision }) => revision },
              { id: 'at', title: 'Published', renderCell: ({ publishedAt }) => <InstantText instant={publishedAt} /> },
              { id: 'by', title: 'By', wideOnly: true, renderCell: ({ publishedBy }) => publishedBy },
              { id: 'note', title: 'Why', renderCell: ({ note }) => note },
              {
                id: 'restore',
                title: '',
                renderCell: ({ revision }) =>
                  revision === policy.revision ? (
                    <Badge tone="positive">Live</Badge>
                  ) : (
                    <OperationButton
                      label={`Return to ${revision}`}
                      confirm={{
                        title: `Return to revision ${revision}?`,
                        facts: [{ term: 'Live now', value: `Revision ${policy.revision}` }],
                        warning: 'Its content is published as a new revision. An open draft is kept.',
                        keep: 'Keep what is live',
                      }}
                      run={(key) =>
                        publishPolicy({ body: { note: `Back to revision ${revision}`, restore: revision } }, { key })
                      }
                      onDone={() => {
                        refresh();
                        toast(`The content of revision ${revision} is live again.`);
                      }}
                    />
                  ),
              },
            ]}
          />
        )}
      </View>
    </Panel>
  );
}
