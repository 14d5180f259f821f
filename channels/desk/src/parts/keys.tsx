import { Dialog, DescriptionList, Button } from '@plinth/channels-ui';
import { Keyboard } from 'lucide-react';
import { useEffect, useState } from 'react';

const keys = [
  ['J', 'Next request'],
  ['K', 'Request before'],
  ['E', 'Take the open request'],
  ['R', 'Write an answer'],
  ['N', 'Write an internal note'],
  ['Ctrl + Enter', 'Send what is written'],
  ['?', 'Show these keys'],
] as const;

/** Calls `run` for a key pressed outside of fields. One letter, lower case. */
export function useKey(letter: string, run: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      const isWriting = target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
      if (isWriting || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (event.key.toLowerCase() !== letter) return;
      event.preventDefault();
      run();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [letter, run]);
}

export function KeyHelp() {
  const [isOpen, setOpen] = useState(false);
  useKey('?', () => setOpen(true));
  return (
    <span className="max-md:hidden">
      <Button variant="quiet" icon={<Keyboard size={16} strokeWidth={1.5} aria-hidden />} onClick={() => setOpen(true)}>
        Keys
      </Button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title="Keys">
        <DescriptionList
          entries={keys.map(([key, what]) => ({
            term: <kbd className="rounded-control border border-control px-8 py-2 font-mono text-13">{key}</kbd>,
            value: what,
          }))}
        />
      </Dialog>
    </span>
  );
}
