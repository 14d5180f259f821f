// Named places where a process may die. `PLINTH_CRASH_AT=name:n` ends the process at the n-th arrival, as `kill -9`
// would: no handlers run. Crash tests use it; without the variable a point costs one comparison.

let armed: { name: string; left: number } | undefined;

/** Arms one point. `setting` is `name` or `name:n` (n from 1). Called once by the composition root. */
export function armCrash(setting: string | undefined): void {
  if (!setting) return;
  const [name = '', count = '1'] = setting.split(':');
  armed = { name, left: Number(count) };
}

/** A durable write has just happened, or is about to. */
export function crashPoint(name: string): void {
  if (armed?.name !== name) return;
  armed.left -= 1;
  if (armed.left <= 0) process.kill(process.pid, 'SIGKILL');
}
