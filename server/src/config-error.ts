// A setting that cannot be used.

/** A setting that cannot be used; `key` names it, `advice` says what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly key: string;
  readonly advice: string;

  constructor(key: string, message: string, advice: string) {
    super(message);
    this.key = key;
    this.advice = advice;
  }
}
