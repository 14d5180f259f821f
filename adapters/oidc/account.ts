// Who signs in, and what tokens say about them.

export interface Account {
  username: string;
  password: string;
  name: string;
  /** Shown beside the name on the sign-in page. */
  note: string;
  audience: 'customer' | 'staff' | 'partner';
  /** `cus_…`, `stf_…` or `ptn_…`: the subject of tokens. */
  id: string;
}

/** Class of a sign-in by password (`acr`). */
export const passwordClass = 'password';

export function claimsOf(account: Account): Record<string, string> {
  return {
    plinth_audience: account.audience,
    name: account.name,
    ...(account.audience === 'customer' ? { customer_id: account.id } : {}),
    ...(account.audience === 'partner' ? { partner_id: account.id } : {}),
  };
}
