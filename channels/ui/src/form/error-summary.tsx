import { useEffect } from 'react';
import { linkClass } from '../primitives/link.tsx';
import { words } from '../words/words.ts';
import type { FormErrors } from './check.ts';
import { controlId } from './form-context.ts';

/** All faults of a form in one place, each leading to its field. The title of the page says it too. */
export function ErrorSummary({ formId, errors }: { formId: string; errors: FormErrors }) {
  useEffect(() => {
    const before = document.title;
    document.title = `Error: ${before}`;
    return () => {
      document.title = before;
    };
  }, []);
  return (
    <div role="alert" className="rounded-card border-2 border-critical p-16">
      <h2 className="font-semibold">{words.thereIsAProblem}</h2>
      <ul className="mt-8 flex flex-col gap-4">
        {[...errors].map(([pointer, message]) => (
          <li key={pointer}>
            <a
              href={`#${controlId(formId, pointer)}`}
              className={linkClass}
              onClick={(event) => {
                event.preventDefault();
                const control = document.getElementById(controlId(formId, pointer));
                control?.scrollIntoView({ block: 'center' });
                control?.focus();
              }}
            >
              {message}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
