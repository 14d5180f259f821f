// The one place that writes to the terminal: data on stdout, progress and remarks on stderr.

import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { styleText } from 'node:util';
import { ConfigError } from '../config-error.ts';
import { terminalWishes } from '../environment.ts';
import { makeFolder } from '../make-folder.ts';
import { CliFailure, exit, fileFailure } from './failure.ts';

/** What the shared flags of a command line say of its output. */
export interface Printing {
  /** No progress and no remarks; failures are told all the same. */
  quiet?: boolean | undefined;
  color?: boolean | undefined;
  /** Data goes to this file; it is made when the first of them is there. */
  file?: string | undefined;
}

let printing: Printing & { open?: number } = {};

/** Holds until the next call, which also ends the file of the one before. */
export function printBy(wishes: Printing): void {
  if (printing.open !== undefined) closeSync(printing.open);
  printing = { ...wishes };
}

const colored = (stream: NodeJS.WriteStream): boolean =>
  printing.color !== false && stream.isTTY && terminalWishes().color;

type Style = Parameters<typeof styleText>[0];

/** Text with a style, plain when the stream is no terminal or NO_COLOR is set. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return colored(stream) ? styleText(style, text, { validateStream: false }) : text;
}

/** Data of the command. */
export function out(text: string): void {
  if (printing.file === undefined) process.stdout.write(`${text}\n`);
  else writeSync((printing.open ??= opened(printing.file)), `${text}\n`);
}

function opened(file: string): number {
  try {
    makeFolder(path.dirname(file));
    return openSync(file, 'w');
  } catch (error) {
    throw fileFailure(error, 'write') ?? error;
  }
}

export function outJson(value: unknown): void {
  out(JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)));
}

/** A remark or progress. */
export function note(text: string): void {
  if (printing.quiet !== true) tell(text);
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `✓ database ready  0.6 s` when `work` ended; rethrows its failure. */
export async function step<T>(title: string | ((result: T) => string), work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const text = typeof title === 'string' ? title : title(result);
  note(`${styled('green', '✓')} ${text.padEnd(52)} ${styled('dim', seconds)}`);
  return result;
}

/** Prints a failure in the one shape of all failures and gives the exit code. */
export function printFailure(error: unknown, verbose: boolean): number {
  // Whatever is written says so itself (write-files.ts).
  const known = error instanceof CliFailure ? error : (wrongSetting(error) ?? fileFailure(error, 'read'));
  if (known !== undefined) {
    tell(`${styled('red', '✗')} ${styled('bold', known.message)}`);
    if (known.why) tell(`  ${known.why.replaceAll('\n', '\n  ')}`);
    tell(`  ${styled('cyan', 'Do:')} ${known.advice.replaceAll('\n', '\n      ')}`);
    return known.code;
  }
  const failure = error instanceof Error ? error : new Error(String(error));
  tell(`${styled('red', '✗')} ${styled('bold', 'Plinth failed, and this is a defect of Plinth')}`);
  tell(`  ${failure.message}`);
  tell(`  ${styled('cyan', 'Do:')} run it again with --verbose and report what it prints`);
  if (verbose) tell(failure.stack ?? '');
  return exit.defect;
}

function wrongSetting(error: unknown): CliFailure | undefined {
  if (!(error instanceof ConfigError)) return undefined;
  return new CliFailure(error.message, { why: '', advice: error.advice, code: exit.usage });
}
