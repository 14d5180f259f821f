// One thing the doctor looked at.

export interface PreparedFinding {
  /** Short and stable: `outbox`. */
  what: string;
  /** `bad` = it does not work or something was lost; `warn` = it will, or somebody should look. */
  state: 'ok' | 'warn' | 'bad';
  /** What is there, with figures. */
  found: string;
  /** What to do when it is not `ok`. */
  advice: string;
}

export function finding(what: string, state: PreparedFinding['state'], found: string, advice = ''): PreparedFinding {
  return { what, state, found, advice };
}
