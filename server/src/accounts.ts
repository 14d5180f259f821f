// Who can sign in at the embedded identity provider: the people of the seeded world. Fixed passwords: demo only.

import type { Account } from '@plinth/adapters/oidc';
import { worldCustomers, worldPartner, worldStaff } from '@plinth/runtime';

const notes: Readonly<Record<string, string>> = {
  ada: 'customer, coffee lover',
  ben: 'customer, gave no consent',
  cleo: 'customer with an open request',
};

/** Customers first, then the desk, the studio and a partner. Password of all: `demo`. */
export function demoAccounts(today: Temporal.PlainDate): Account[] {
  const customers = worldCustomers(8, today.with({ day: 1 })).flatMap((person): Account[] =>
    person.username && notes[person.username]
      ? [
          {
            username: person.username,
            password: 'demo',
            name: `${person.givenName} ${person.familyName}`,
            note: notes[person.username] ?? 'customer',
            audience: 'customer',
            id: person.id,
          },
        ]
      : [],
  );
  const staff = worldStaff.map((person): Account => ({
    username: person.username,
    password: 'demo',
    name: person.name,
    note: person.roles[0]?.replace('-', ' ') ?? 'staff',
    audience: 'staff',
    id: person.id,
  }));
  const partner: Account = {
    username: worldPartner.username,
    password: 'demo',
    name: worldPartner.name,
    note: `partner, ${worldPartner.company}`,
    audience: 'partner',
    id: worldPartner.id,
  };
  return [...customers, ...staff, partner];
}
