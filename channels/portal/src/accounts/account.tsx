import { formatMoney, isMoney, MoneyText, type WireMoney } from '@plinth/channels-ui';

/** What the portal reads of an account. */
export interface Account {
  id: string;
  name?: string;
  product?: string;
  number?: string;
  iban?: string;
  state?: string;
  balance?: WireMoney;
  booked?: WireMoney;
  available?: WireMoney;
}

export interface AccountPage {
  items: Account[];
  next: string | null;
}

export interface Transaction {
  id: string;
  amount: WireMoney;
  text?: string;
  title?: string;
  counterparty?: string;
  at?: string;
  bookedAt?: string;
}

export function nameOf(account: Account): string {
  return account.name ?? account.product ?? 'Account';
}

export function bookedOf(account: Account): WireMoney | undefined {
  const found = account.balance ?? account.booked ?? account.available;
  return isMoney(found) ? found : undefined;
}

/** Groups of four, as people read and compare them. */
export function ibanOf(account: Account): string {
  const iban = account.iban ?? account.number ?? '';
  return iban.replaceAll(/(.{4})(?=.)/g, '$1 ');
}

/** Name, the balance as the largest figure, and what of it can be spent. */
export function Balance({ account, isTitle = true }: { account: Account; isTitle?: boolean }) {
  const booked = bookedOf(account);
  const { available } = account;
  const differs = booked && available && available.amount !== booked.amount;
  return (
    <div>
      {isTitle && <h2 className="font-medium text-muted">{nameOf(account)}</h2>}
      {booked && <MoneyText money={booked} className="block text-30 font-semibold tracking-tight" />}
      {differs && <p className="text-14 text-muted">{formatMoney(available)} available</p>}
    </div>
  );
}
