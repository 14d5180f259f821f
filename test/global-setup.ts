// Shared by all suites that need a database; filled in by the adapters' test support.

export default function setup(): void {}
