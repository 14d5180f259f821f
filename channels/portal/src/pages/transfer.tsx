import {
  Button,
  buttonClass,
  type ContractCatalogue,
  type ContractOperation,
  DescriptionList,
  type Description,
  humanize,
  inputSchema,
  OperationButton,
  PageTitle,
  Panel,
  SchemaForm,
  SkeletonRows,
  useOperations,
  usePlinth,
  Value,
  View,
  resolve,
  ResultView,
} from '@plinth/channels-ui';
import { formatMoney } from '@plinth/channels-ui';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { type AccountPage, bookedOf, nameOf } from '../accounts/account.tsx';
import { NotOffered } from '../parts/not-offered.tsx';
import { useRead } from '../parts/offered.ts';

/** Payee and amount, then all answers read back, then the receipt. The fields are the contract's. */
export function TransferPage() {
  const contracts = useOperations();
  return (
    <View framed query={contracts} skeleton={<SkeletonRows rows={4} />}>
      {(catalogue) => {
        const operation = catalogue.byKey('accounts.createTransfer');
        return operation ? (
          <Steps operation={operation} catalogue={catalogue} />
        ) : (
          <>
            <PageTitle>Transfer money</PageTitle>
            <NotOffered what="Transfers" />
          </>
        );
      }}
    </View>
  );
}

interface StepsProps {
  operation: ContractOperation;
  catalogue: ContractCatalogue;
}

function Steps({ operation, catalogue }: StepsProps) {
  const [answers, setAnswers] = useState<Record<string, unknown>>();
  const [isChecking, setChecking] = useState(false);
  const [receipt, setReceipt] = useState<unknown>();
  if (receipt !== undefined) return <Receipt receipt={receipt} operation={operation} catalogue={catalogue} />;
  if (answers && isChecking)
    return (
      <Check
        operation={operation}
        catalogue={catalogue}
        answers={answers}
        onChange={() => setChecking(false)}
        onDone={setReceipt}
      />
    );
  return (
    <Ask
      operation={operation}
      catalogue={catalogue}
      answers={answers}
      onAnswers={(given) => {
        setAnswers(given);
        setChecking(true);
      }}
    />
  );
}

function Ask({
  operation,
  catalogue,
  answers,
  onAnswers,
}: StepsProps & {
  answers: Record<string, unknown> | undefined;
  onAnswers: (answers: Record<string, unknown>) => void;
}) {
  const { from } = useSearch({ from: '/transfer' });
  const accounts = useRead<AccountPage>('accounts.listAccounts');
  const { schema } = inputSchema(operation, 'customer');
  const fromName = sourceField(operation);
  const choices = (accounts.data?.items ?? []).map((account) => {
    const booked = bookedOf(account);
    return { value: account.id, label: booked ? `${nameOf(account)}, ${formatMoney(booked)}` : nameOf(account) };
  });
  const start = answers ?? (from !== undefined && fromName !== undefined ? { body: { [fromName]: from } } : undefined);
  if (accounts.isPending) return <SkeletonRows rows={4} />;
  return (
    <>
      <PageTitle lead="Nothing is sent yet: you check everything on the next page.">Transfer money</PageTitle>
      <div className="max-w-[40rem]">
        <Panel>
          <SchemaForm
            schema={schema}
            document={catalogue.document}
            initial={start}
            choices={fromName === undefined || choices.length === 0 ? {} : { [`/body/${fromName}`]: choices }}
            submitLabel="Check transfer"
            draftKey="transfer"
            onSubmit={async (values) => onAnswers(values as Record<string, unknown>)}
          />
        </Panel>
      </div>
    </>
  );
}

function Check({
  operation,
  answers,
  catalogue,
  onChange,
  onDone,
}: StepsProps & { answers: Record<string, unknown>; onChange: () => void; onDone: (receipt: unknown) => void }) {
  const { client } = usePlinth();
  const queries = useQueryClient();
  const accounts = useRead<AccountPage>('accounts.listAccounts');
  const body = (answers['body'] ?? answers) as Record<string, unknown>;
  const shape = operation.body?.schema ?? {};
  const members = (shape['properties'] ?? {}) as Record<string, unknown>;
  const facts: Description[] = Object.entries(body).map(([name, value]) => {
    const member = resolve(members[name], catalogue.document);
    const account = accounts.data?.items.find((each) => each.id === value);
    return {
      term: typeof member['title'] === 'string' ? member['title'] : humanize(name),
      value: account ? nameOf(account) : <Value value={value} schema={member} document={catalogue.document} />,
    };
  });
  const amount = body['amount'];
  const isAmount = typeof amount === 'object' && amount !== null && 'currency' in amount;
  return (
    <>
      <PageTitle lead="This is what will happen. Nothing is sent before you press the button.">
        Check your transfer
      </PageTitle>
      <div className="max-w-[40rem]">
        <Panel>
          <DescriptionList entries={facts} />
          <Foreseen catalogue={catalogue} body={body} />
          <div className="mt-24 flex flex-wrap items-start gap-12">
            <OperationButton
              label={
                isAmount ? `Transfer ${formatMoney(amount as { amount: number; currency: string })}` : 'Transfer money'
              }
              variant="primary"
              run={async (key) => client.call(operation.descriptor, answers, { key })}
              onDone={(answer) => {
                void queries.invalidateQueries({ queryKey: ['accounts'] });
                void queries.invalidateQueries({ queryKey: ['customers'] });
                onDone(answer ?? {});
              }}
            />
            <Button onClick={onChange}>Change</Button>
          </div>
        </Panel>
      </div>
    </>
  );
}

/** What the bank already knows: does the name fit, what it costs, when it arrives, what is left. */
function Foreseen({ catalogue, body }: { catalogue: ContractCatalogue; body: Record<string, unknown> }) {
  const operation = catalogue.byKey('accounts.checkTransfer');
  const members = Object.keys(operation?.body?.schema['properties'] ?? {});
  const question = Object.fromEntries(
    members.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]),
  );
  const check = useRead<Record<string, unknown>>('accounts.checkTransfer', { body: question });
  if (!operation) return null;
  const answer = (operation.answer?.['properties'] ?? {}) as Record<string, unknown>;
  return (
    <div className="mt-16 border-t border-subtle pt-16">
      <View query={check} skeleton={<SkeletonRows rows={2} />}>
        {(found) => (
          <>
            {found['isPossible'] === false && (
              <p role="alert" className="mb-16 rounded-card bg-caution-soft p-12">
                There is not enough on the account for this transfer.
              </p>
            )}
            <DescriptionList
              entries={Object.entries(found)
                .filter(([name]) => name !== 'isPossible')
                .map(([name, value]) => {
                  const member = resolve(answer[name], catalogue.document);
                  return {
                    term: typeof member['title'] === 'string' ? member['title'] : humanize(name),
                    value: <Value value={value} schema={member} document={catalogue.document} />,
                  };
                })}
            />
          </>
        )}
      </View>
    </div>
  );
}

function Receipt({ receipt, operation, catalogue }: StepsProps & { receipt: unknown }) {
  return (
    <>
      <PageTitle>Your transfer is on its way</PageTitle>
      <div className="grid max-w-[40rem] gap-24">
        <Panel flush>
          <p className="flex items-center gap-8 border-b border-subtle bg-positive-soft px-16 py-12 font-medium text-positive">
            <CircleCheck size={20} strokeWidth={1.5} aria-hidden />
            We have your transfer
          </p>
          <ResultView value={receipt} schema={operation.answer} document={catalogue.document} />
        </Panel>
        <div>
          <Link to="/accounts" className={buttonClass()}>
            See accounts
          </Link>
        </div>
      </div>
    </>
  );
}

/** The member that names the own account the money comes from. */
function sourceField(operation: ContractOperation): string | undefined {
  const members = Object.keys(operation.body?.schema['properties'] ?? {});
  return (
    members.find((name) => /^(from|source|debtor)(AccountId|Account|Id)?$/.test(name)) ??
    members.find((name) => name === 'accountId')
  );
}
