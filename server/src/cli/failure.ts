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

const words: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  EACCES: ['you have no permission for it', 'change its permissions, or name another'],
  EPERM: ['you have no permission for it', 'change its permissions, or name another'],
  EROFS: ['it lies on a file system that is only read', 'name another place'],
  ENOSPC: ['the disk is full', 'make room, and run it again'],
  EDQUOT: ['your share of the disk is full', 'make room, and run it again'],
  EISDIR: ['it is a folder', 'name a file'],
  ENOTDIR: ['a part of its path is a file', 'name another path'],
  EEXIST: ['a file stands where a folder is needed', 'name another path'],
  ENOENT: ['its folder does not exist', 'make the folder, or name another'],
};

/** What the file system refused, in words; undefined when the error is of another kind. `intent` decides the exit code. */
export function fileFailure(error: unknown, intent: 'read' | 'write'): CliFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', path, syscall } = error as NodeJS.ErrnoException;
  const known = words[code];
  if (known === undefined || path === undefined || syscall === undefined) return undefined;
  if (syscall === 'mkdir') return folderFailure(path, code, known);
  const [why, advice] = known;
  const done = intent === 'read' ? 'read' : 'written';
  const codeOfExit = intent === 'read' ? exit.input : exit.usage;
  return new CliFailure(`${path} cannot be ${done}`, { why: `${why} (${code})`, advice, code: codeOfExit });
}

/** Folders are made from the top: where one is missing, its own folder is there and takes none. */
function folderFailure(path: string, code: string, known: readonly [what: string, advice: string]): CliFailure {
  const [why, advice] = code === 'ENOENT' ? ['nothing can be made there', 'name another folder'] : known;
  return new CliFailure(`The folder ${path} cannot be made`, { why: `${why} (${code})`, advice, code: exit.usage });
}
