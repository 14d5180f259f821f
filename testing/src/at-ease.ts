/**
 * Signals of a process that is never busy, for a platform whose callers share its process: it is busy with
 * them, and would refuse what can wait. What a busy process does is tested where the signals are given.
 */
export const atEase = { heap: () => 0, poolWaitMs: () => 0, loop: () => 0 };
