import {
  asProblem,
  Button,
  buttonClass,
  DescriptionList,
  Empty,
  Field,
  formatMoney,
  formatPoints,
  MoneyText,
  PageTitle,
  Panel,
  ProblemPanel,
  reading,
  Select,
  SkeletonRows,
  TextInput,
  useAct,
  useToast,
  View,
} from '@plinth/channels-ui';
import type { Quote } from '@plinth/client/catalogue';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useCatalogue, useLoyalty, useOrders } from '../parts/modules.ts';

/** One article to the last step on one page: how many, what it costs, how it is paid. */
export function CheckoutPage() {
  const { sku, quantity = 1 } = useSearch({ from: '/checkout' });
  const { quotePrice } = useCatalogue();
  const quote = useQuery({
    ...reading(quotePrice, { body: { lines: [{ sku: sku ?? '', quantity }] } }),
    enabled: sku !== undefined,
    placeholderData: keepPreviousData,
  });
  if (sku === undefined)
    return (
      <>
        <PageTitle>Checkout</PageTitle>
        <Panel flush>
          <Empty
            title="Nothing to pay yet"
            text="Choose an article in the shop; then you see here what it costs."
            action={
              <Link to="/shop" className={buttonClass('primary')}>
                Go to the shop
              </Link>
            }
          />
        </Panel>
      </>
    );
  return (
    <>
      <PageTitle lead="Check everything below. You pay when you press the button, not before.">Checkout</PageTitle>
      <View
        framed
        query={quote}
        skeleton={
          <Panel flush>
            <SkeletonRows rows={4} />
          </Panel>
        }
      >
        {(priced) => <Payment quote={priced} sku={sku} quantity={quantity} />}
      </View>
    </>
  );
}

/** Tokens of the payment simulator; a real provider lists saved cards here. */
const cards = [
  { value: 'card_ok', label: 'Visa ending 4242' },
  { value: 'card_declined', label: 'Mastercard ending 0002 (demo: is declined)' },
  { value: 'card_insufficient', label: 'Visa ending 9995 (demo: too little money)' },
] as const;

const amounts = Array.from({ length: 20 }, (_amount, index) => ({
  value: String(index + 1),
  label: String(index + 1),
}));

function Payment({ quote, sku, quantity }: { quote: Quote; sku: string; quantity: number }) {
  const { decision } = useSearch({ from: '/checkout' });
  const navigate = useNavigate({ from: '/checkout' });
  const queries = useQueryClient();
  const toast = useToast();
  const member = useQuery(reading(useLoyalty().getMember, { customerId: 'me' }));
  const place = useAct(useOrders().placeOrder, decision === undefined ? {} : { decision });
  const [method, setMethod] = useState<string>(cards[0].value);
  const [typed, setTyped] = useState('0');
  // One point pays one cent, and never more than the goods cost.
  const most = Math.min(member.data?.points ?? 0, quote.total.amount);
  const points = Number(typed);
  const isReadable = /^\d{1,8}$/.test(typed.trim()) && points <= most;
  const rest = { ...quote.total, amount: quote.total.amount - (isReadable ? points : 0) };
  const pay = (): void => {
    if (!isReadable) return;
    const body = { lines: [{ sku, quantity }], payment: { method, points }, expectedTotal: quote.total };
    place.mutate(
      { body },
      {
        onSuccess: (order) => {
          for (const capability of ['orders', 'loyalty', 'customers', 'accounts'])
            void queries.invalidateQueries({ queryKey: [capability] });
          toast(`Thank you. Your order is ${order.number}.`);
          void navigate({ to: '/orders/$orderId', params: { orderId: order.id } });
        },
      },
    );
  };
  return (
    <div className="grid items-start gap-24 md:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
      <div className="grid gap-24">
        <Goods quote={quote} quantity={quantity} />
        <HowToPay
          most={most}
          owned={member.data?.points ?? 0}
          typed={typed}
          onTyped={setTyped}
          method={method}
          onMethod={setMethod}
          isFree={rest.amount === 0}
          isReadable={isReadable}
        />
      </div>
      <Panel title="To pay">
        <MoneyText money={rest} className="mb-16 block text-30 font-semibold tracking-tight" />
        <DescriptionList
          figures
          entries={[
            { term: 'Goods', value: <MoneyText money={quote.total} /> },
            ...(isReadable && points > 0 ? [{ term: 'With points', value: formatPoints(-points) }] : []),
          ]}
        />
        {place.isError && (
          <div className="mt-16 rounded-card border border-critical">
            <ProblemPanel problem={asProblem(place.error)} onRetry={pay} />
          </div>
        )}
        <Button variant="primary" className="mt-24 w-full" busy={place.isPending} onClick={pay}>
          Pay {formatMoney(rest)}
        </Button>
        <p className="mt-12 text-14 text-muted">You can cancel until we send it.</p>
      </Panel>
    </div>
  );
}

function Goods({ quote, quantity }: { quote: Quote; quantity: number }) {
  const navigate = useNavigate({ from: '/checkout' });
  const change = (chosen: string): void =>
    void navigate({ search: (before) => ({ ...before, quantity: Number(chosen) }), replace: true });
  return (
    <Panel title="Goods">
      {quote.lines.map((line) => (
        <div key={line.sku} className="flex flex-wrap items-start justify-between gap-16">
          <div className="min-w-0">
            <p className="font-medium">{line.name}</p>
            <p className="text-14 text-muted">
              {formatMoney(line.unitPrice)} each · {line.because}
            </p>
          </div>
          <Field label="How many" className="w-96">
            {(control) => (
              <Select
                {...control}
                choices={amounts}
                value={String(quantity)}
                onChange={(event) => change(event.target.value)}
              />
            )}
          </Field>
        </div>
      ))}
    </Panel>
  );
}

interface HowToPayProps {
  /** Points the goods can take. */
  most: number;
  owned: number;
  typed: string;
  isReadable: boolean;
  onTyped: (typed: string) => void;
  method: string;
  onMethod: (method: string) => void;
  /** Points pay everything. */
  isFree: boolean;
}

function HowToPay({ most, owned, typed, isReadable, onTyped, method, onMethod, isFree }: HowToPayProps) {
  return (
    <Panel title="How you pay">
      <div className="flex flex-col gap-24">
        {most > 0 && (
          <Field
            label="Points to spend"
            hint={`You have ${formatPoints(owned)}. One point pays one cent.`}
            error={isReadable ? undefined : `Enter a number from 0 to ${most}`}
          >
            {(control) => (
              <span className="flex flex-wrap gap-8">
                <TextInput
                  {...control}
                  inputMode="numeric"
                  className="tabular max-w-[10rem] text-end"
                  value={typed}
                  onChange={(event) => onTyped(event.target.value)}
                />
                <Button onClick={() => onTyped(String(most))}>Use all I can</Button>
              </span>
            )}
          </Field>
        )}
        <Field label="Card" hint={isFree ? 'Your points pay everything; the card is not charged.' : undefined}>
          {(control) => (
            <Select
              {...control}
              choices={cards}
              value={method}
              onChange={(event) => onMethod(event.target.value)}
              className="max-w-[28rem]"
            />
          )}
        </Field>
      </div>
    </Panel>
  );
}
