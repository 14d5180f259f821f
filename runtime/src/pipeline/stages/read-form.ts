// Reading a form whose files go to the store while they come in. Nothing of the body is read ahead of the store: a piece is
// taken when the one before has been written. Files are loose until the transaction of the handler keeps them.

import { FileReference, type FileTaker, type FormFault } from '@plinth/contract/serving';
import { fileLimits } from '../../kernel/index.ts';
import type { Files, FileWriter } from '../../ports/index.ts';
import { later, proceed, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { EdgeParts } from '../stages.ts';
import type { Transport } from '../transport.ts';

/** Bytes of a form with all its files, unless the operation allows fewer. */
export const mostFormBytes = 32 * 1_048_576;

const nameLetters = 200;

/** undefined: the operation's files are not stored, or there is no store and they come as bytes. */
export function compileReadForm(operation: CompiledOperation, { files, ids }: EdgeParts): Step | undefined {
  const { policy } = operation.operation;
  const { body } = operation.shapes;
  if (policy.files !== 'stored' || operation.handler === undefined || files === undefined || body === undefined)
    return undefined;
  const mostBytes = Math.min(mostFormBytes, policy.size?.bodyBytes ?? mostFormBytes);
  return (x) => {
    const transport = x.transport as Transport;
    const intake = new Intake(files, () => ids.of('fil'), whoseFiles(x));
    const reading = body.openForm(transport.header('content-type') ?? '', intake);
    if (reading === undefined) return malformed(x, 'The content type has no boundary of 1 to 70 plain characters.');
    x.files = intake.ids;
    let refusal: Answer | undefined;
    const take = async (bytes: Buffer): Promise<boolean> => {
      try {
        const fault = reading.write(bytes);
        if (fault === undefined) await intake.stored();
        else refusal = refuseForm(x, fault);
      } catch (error) {
        refusal = x.fail(x, error);
      }
      return refusal === undefined;
    };
    transport.readPieces(mostBytes, take, (fault) => {
      if (fault === 'too-large') refusal ??= refuse(x, 'body-too-large', { values: { bytes: mostBytes } });
      else if (fault !== undefined) refusal ??= refuse(x, 'request-too-slow');
      if (refusal === undefined) {
        const end = reading.end();
        if ('fault' in end) refusal = refuseForm(x, end.fault);
        else x.form = 'value' in end ? end : { errors: end.violations };
      }
      if (refusal !== undefined) transport.endConnection();
      proceed(x, refusal);
    });
    return later;
  };
}

/** The customer whose matter it is; else who sends it. */
function whoseFiles({ onBehalfOf, owner, principal }: Exchange): string {
  return onBehalfOf ?? owner ?? principal.subject;
}

function refuseForm(x: Exchange, { rule, message }: FormFault): Answer {
  if (rule === 'part-bytes') return refuse(x, 'file-too-large', { values: { bytes: fileLimits.fileBytes } });
  if (rule === 'held-bytes')
    return refuse(x, 'body-too-large', { errors: [{ in: 'body', pointer: '', rule, message }] });
  return malformed(x, message);
}

function malformed(x: Exchange, message: string): Answer {
  return refuse(x, 'invalid-body', {
    status: 400,
    errors: [{ in: 'body', pointer: '', rule: 'malformed', message }],
  });
}

/** Files of one form on their way to the store: what the parser says is done in its order, before the next piece. */
class Intake implements FileTaker {
  readonly ids: string[] = [];
  readonly #files: Files;
  readonly #newId: () => string;
  readonly #owner: string;
  #steps: (() => Promise<void>)[] = [];
  #writer: FileWriter | undefined;
  #file: FileReference | undefined;

  constructor(files: Files, newId: () => string, owner: string) {
    this.#files = files;
    this.#newId = newId;
    this.#owner = owner;
  }

  begin({ fileName, type }: { fileName?: string; type: string }): FileReference {
    const file = new FileReference(this.#newId(), labelOf(fileName), mediaTypeOf(type));
    const head = { owner: this.#owner, name: file.name, type: file.type };
    this.ids.push(file.id);
    this.#file = file;
    this.#steps.push(async () => {
      this.#writer = await this.#files.begin(file.id, head);
    });
    return file;
  }

  data(bytes: Uint8Array): void {
    this.#steps.push(async () => this.#writer?.write(bytes));
  }

  end(): void {
    const file = this.#file as FileReference;
    this.#steps.push(async () => {
      const stored = await this.#writer?.end();
      if (stored) Object.assign(file, { size: stored.size, sha256: stored.sha256 });
    });
  }

  /** Resolves when all that has come is in the store. */
  async stored(): Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    for (const step of steps) await step();
  }
}

/** A name without folders, and without letters that cannot be seen or that turn the direction of others. */
export function labelOf(fileName = ''): string {
  const last = fileName.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const seen = Array.from(last.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim());
  const label = seen.slice(0, nameLetters).join('').trim();
  return /^\.*$/.test(label) ? 'file' : label;
}

/** What can stand in a header as it is; anything else is just bytes. */
function mediaTypeOf(type: string): string {
  const name = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,60}$/.test(name) ? name : 'application/octet-stream';
}
