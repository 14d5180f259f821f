import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

interface ReaderKey {
  /** The reader's own API key; '' when they have none at hand. Kept in this page only. */
  apiKey: string;
  setApiKey: (key: string) => void;
}

const KeyContext = createContext<ReaderKey | undefined>(undefined);

/** Samples hold the key that was just made, until the page is left. */
export function KeyProvider({ children }: { children: ReactNode }) {
  const [apiKey, setApiKey] = useState('');
  const value = useMemo(() => ({ apiKey, setApiKey }), [apiKey]);
  return <KeyContext value={value}>{children}</KeyContext>;
}

export function useApiKey(): ReaderKey {
  const value = useContext(KeyContext);
  if (!value) throw new Error('KeyProvider is missing.');
  return value;
}
