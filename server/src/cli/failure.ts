// How a command ends when it cannot do its work: what happened, why, what to do. Exit codes are part of the interface.

/** 0 done, 1 findings, 2 wrong usage, 3 input unreadable, 4 unreachable service, 70 our defect, 130 interrupted. */
export const exit = { done: 0, findings: 1, usage: 2, input: 3, unreachable: 4, defect: 70, interrupted: 130 } as const;

export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly why: string;
  /** Commands or acts that help; can be pasted. */
  readonly advice: string;
  readonly code: number;

  constructor(what: string, detail: { why: string; advice: string; code: number }) {
    super(what);
    this.why = detail.why;
    this.advice = detail.advice;
    this.code = detail.code;
  }
}
