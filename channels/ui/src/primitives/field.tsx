import { CircleAlert } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { cx } from '../cx.ts';
import { words } from '../words/words.ts';

/** What a control needs to belong to its field. */
export interface ControlProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
  'aria-required': true | undefined;
}

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  /** Required fields carry no mark; the others say “optional”. */
  required?: boolean;
  /** Id of the control, so that an error summary can lead to it. */
  id?: string;
  className?: string;
  children: (control: ControlProps) => ReactNode;
}

/** Label above, hint under it, error between hint and control. */
export function Field({ label, hint, error, required = true, id, className, children }: FieldProps) {
  const ownId = useId();
  const controlId = id ?? ownId;
  const described = [hint ? `${controlId}-hint` : '', error ? `${controlId}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className={cx('flex flex-col gap-4', className)}>
      <label htmlFor={controlId} className="font-medium">
        {label}
        {!required && <span className="font-regular text-muted"> ({words.optional})</span>}
      </label>
      {hint && (
        <p id={`${controlId}-hint`} className="measure text-14 text-muted">
          {hint}
        </p>
      )}
      {error && <FieldError id={`${controlId}-error`}>{error}</FieldError>}
      {children({
        id: controlId,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': error ? true : undefined,
        'aria-required': required ? true : undefined,
      })}
    </div>
  );
}

export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} className="flex items-start gap-4 text-14 font-medium text-critical">
      <CircleAlert size={16} strokeWidth={1.5} className="mt-2 shrink-0" aria-hidden />
      <span>{children}</span>
    </p>
  );
}
