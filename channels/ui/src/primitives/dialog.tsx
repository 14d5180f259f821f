import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { cx } from '../cx.ts';
import { words } from '../words/words.ts';
import { IconButton } from './button.tsx';

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** Buttons, the main one first. */
  actions?: ReactNode;
  /** `sheet` comes from the side and is as high as the screen. */
  shape?: 'dialog' | 'sheet';
}

/**
 * A question over the page, on the browser's own modal dialog: focus stays inside, Escape closes, the page behind is
 * inert, and focus returns to where it was.
 */
export function Dialog({ open, onClose, title, children, actions, shape = 'dialog' }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = box.current;
    if (open && dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, [open]);
  if (!open) return null;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- a press on the backdrop; the key for it is Escape.
    <dialog
      ref={box}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === box.current && onClose()}
      className={cx(
        'enter-panel fixed overflow-y-auto border border-subtle bg-raised p-0 shadow-overlay',
        shape === 'dialog' &&
          'inset-x-0 top-auto bottom-0 m-0 max-h-[90dvh] w-full max-w-none rounded-t-dialog sm:inset-0 sm:m-auto sm:max-h-[85dvh] sm:max-w-[32rem] sm:rounded-dialog',
        shape === 'sheet' && 'inset-y-0 start-auto end-0 m-0 ms-auto h-dvh max-h-dvh w-full max-w-[28rem]',
      )}
    >
      <div className="flex min-h-full flex-col gap-16 p-24">
        <header className="flex items-start justify-between gap-16">
          <h2 id={titleId} className="text-20 font-semibold">
            {title}
          </h2>
          <IconButton label={words.close} onClick={onClose} className="-me-8 -mt-8">
            <X size={20} strokeWidth={1.5} aria-hidden />
          </IconButton>
        </header>
        <div className="flex-1">{children}</div>
        {actions && <footer className="flex flex-wrap items-center gap-12">{actions}</footer>}
      </div>
    </dialog>
  );
}

/** A dialog at the side: details that keep the page in sight. */
export function Sheet(props: Omit<DialogProps, 'shape'>) {
  return <Dialog {...props} shape="sheet" />;
}
