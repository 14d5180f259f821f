import {
  asProblem,
  buttonClass,
  DateText,
  DescriptionList,
  InstantText,
  PageTitle,
  Panel,
  ProblemPanel,
  reading,
  SkeletonRows,
  Switch,
  View,
} from '@plinth/channels-ui';
import type { Consent, Customer } from '@plinth/client/customers';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCustomers } from '../parts/modules.ts';

const countries = new Intl.DisplayNames(['en'], { type: 'region' });
const languages = new Intl.DisplayNames(['en'], { type: 'language' });

export function ProfilePage() {
  const { getCustomer } = useCustomers();
  const customer = useQuery(reading(getCustomer, { customerId: 'me' }));
  return (
    <>
      <PageTitle>Profile and consent</PageTitle>
      <div className="grid max-w-[48rem] gap-24">
        <Panel title="Your details">
          <View query={customer} skeleton={<SkeletonRows rows={5} />}>
            {(found) => (
              <>
                <DescriptionList entries={details(found)} />
                <div className="mt-16">
                  <Link
                    to="/do/$capability/$operationId"
                    params={{ capability: 'customers', operationId: 'updateCustomer' }}
                    search={{ input: { body: changeable(found) } }}
                    className={buttonClass()}
                  >
                    Change details
                  </Link>
                </div>
              </>
            )}
          </View>
        </Panel>
        <Consents />
      </div>
    </>
  );
}

function details(customer: Customer) {
  return [
    { term: 'Name', value: `${customer.givenName} ${customer.familyName}` },
    { term: 'Customer number', value: <span className="tabular">{customer.number}</span> },
    { term: 'E-mail', value: customer.email },
    { term: 'Phone', value: customer.phone ?? 'None given' },
    { term: 'Lives in', value: `${customer.city}, ${nameOf(countries, customer.country)}` },
    { term: 'Language', value: nameOf(languages, customer.locale) },
    {
      term: 'Customer since',
      value: customer.since.includes('T') ? (
        <InstantText instant={customer.since} />
      ) : (
        <DateText date={customer.since} />
      ),
    },
  ];
}

function changeable(customer: Customer) {
  const { givenName, familyName, email, phone, city, country, locale } = customer;
  return { givenName, familyName, email, ...(phone === undefined ? {} : { phone }), city, country, locale };
}

function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

const purposes: Readonly<Record<Consent['purpose'], { title: string; text: string }>> = {
  personalization: {
    title: 'Suggestions for me',
    text: 'We use what you do here to suggest what fits you, and always say why.',
  },
  marketing: { title: 'News and offers', text: 'We may write to you about new things and prices.' },
  research: { title: 'Making things better', text: 'We use your data, without your name, to learn what works.' },
};

function Consents() {
  const { listConsents } = useCustomers();
  const consents = useQuery(reading(listConsents, { customerId: 'me' }));
  return (
    <Panel title="What we may use your data for" flush>
      <View query={consents} skeleton={<SkeletonRows rows={3} />}>
        {({ items }) => (
          <ul className="divide-y divide-subtle">
            {items.map((consent) => (
              <ConsentRow key={consent.purpose} consent={consent} />
            ))}
          </ul>
        )}
      </View>
    </Panel>
  );
}

/** Takes effect at once; a refusal puts the old value back with the reason. */
function ConsentRow({ consent }: { consent: Consent }) {
  const { giveConsent, withdrawConsent } = useCustomers();
  const queries = useQueryClient();
  const { title, text } = purposes[consent.purpose];
  const change = useMutation({
    mutationFn: async (given: boolean) =>
      (given ? giveConsent : withdrawConsent)({ customerId: 'me', purpose: consent.purpose }),
    onSettled: async () => queries.invalidateQueries({ queryKey: ['customers'] }),
  });
  const isGiven = change.isPending ? change.variables : consent.given;
  return (
    <li className="px-16 py-12">
      <div className="flex items-start justify-between gap-16">
        <div className="min-w-0">
          <p className="font-medium">{title}</p>
          <p className="measure text-14 text-muted">{text}</p>
          {consent.at && (
            <p className="text-14 text-muted">
              {isGiven ? 'Allowed' : 'Withdrawn'} <InstantText instant={consent.at} />
            </p>
          )}
        </div>
        <Switch label={title} checked={isGiven} onChange={(given) => change.mutate(given)} />
      </div>
      {change.isError && <ProblemPanel problem={asProblem(change.error)} />}
    </li>
  );
}
