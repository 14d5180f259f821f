import { Empty, Field, PageTitle, Panel, reading, RowList, SkeletonRows, TextInput, View } from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Users } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { useCustomers } from '../parts/modules.ts';

/** Finds a customer by name, number or e-mail. */
export function CustomersPage() {
  const { q = '' } = useSearch({ from: '/customers' });
  const navigate = useNavigate();
  const [typed, setTyped] = useState(q);
  const wanted = useDeferredValue(typed.trim());
  const { listCustomers } = useCustomers();
  const found = useQuery(reading(listCustomers, { limit: 50, ...(wanted === '' ? {} : { q: wanted }) }));
  return (
    <>
      <PageTitle>Customers</PageTitle>
      <Field label="Find a customer" hint="By name, number or e-mail." className="mb-16 max-w-[32rem]">
        {(control) => (
          <TextInput
            {...control}
            type="search"
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              const words = event.target.value.trim();
              void navigate({ to: '/customers', search: words === '' ? {} : { q: words }, replace: true });
            }}
          />
        )}
      </Field>
      <Panel flush className="max-w-[60rem]">
        <View
          query={found}
          skeleton={<SkeletonRows rows={10} />}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty
              icon={<Users size={24} strokeWidth={1.5} aria-hidden />}
              title={`Nobody found for “${wanted}”`}
              text="Try part of a name, or the number on a letter."
            />
          }
        >
          {({ items }) => (
            <RowList
              label="Customers"
              entries={items.map((customer) => ({
                key: customer.id,
                title: `${customer.givenName} ${customer.familyName}`,
                detail: `${customer.number} · ${customer.email}`,
                value: <span className="text-muted">{customer.city}</span>,
              }))}
              renderLink={(entry, className, children) => (
                <Link to="/customers/$customerId" params={{ customerId: entry.key }} className={className}>
                  {children}
                </Link>
              )}
            />
          )}
        </View>
      </Panel>
    </>
  );
}
