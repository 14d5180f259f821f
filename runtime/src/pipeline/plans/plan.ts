// What an application was sold: other limits than the contract's by their names, and quotas of calendar days and months.

/** Of one product in one calendar day or month (UTC). */
export interface Quota {
  /** Id of a contract. */
  readonly product: string;
  readonly per: 'day' | 'month';
  /** Calls, 0 = none. */
  readonly calls: number;
}

export interface Plan {
  /** Calls in a limit's window, by the limit's name: more or fewer than the contract says. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly quotas?: readonly Quota[];
}

/** Asked once a second at most for an application that calls; undefined = the contract's limits and no quota. */
export type FindPlan = (applicationId: string) => Promise<Plan | undefined>;
