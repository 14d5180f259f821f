// What a command says: its output is caught instead of printed, anew for each test.

import { afterEach, beforeEach, vi } from 'vitest';

export interface Said {
  out: string;
  err: string;
}

/** Catches stdout and stderr of this process while tests of the calling file run. */
export function catchOutput(): Said {
  const said: Said = { out: '', err: '' };
  beforeEach(() => {
    said.out = '';
    said.err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said.out += String(text);
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.err += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return said;
}
