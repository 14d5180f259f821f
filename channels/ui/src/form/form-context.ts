import { createContext, useContext } from 'react';
import type { Document } from '../contracts/schema.ts';
import type { Choice } from '../primitives/inputs.tsx';
import type { FormErrors } from './check.ts';

export interface FormState {
  /** Prefix of the ids of all controls. */
  id: string;
  document: Document;
  values: unknown;
  errors: FormErrors;
  /** Values to choose from, by pointer: looked up among the caller's own things. */
  choices: Readonly<Record<string, readonly Choice[]>>;
  setValue: (pointer: string, value: unknown) => void;
}

export const FormContext = createContext<FormState | undefined>(undefined);

export function useFormState(): FormState {
  const state = useContext(FormContext);
  if (!state) throw new Error('A schema field stands outside of a schema form.');
  return state;
}

export function controlId(formId: string, pointer: string): string {
  return `${formId}${pointer.replaceAll('/', '-')}`;
}
