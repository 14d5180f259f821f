// How an endpoint is signed: chosen when it is made, and shown as long as it is there.

import { Field, InstantText, OperationButton, Select, useModule } from '@plinth/channels-ui';
import { createPartners, type Endpoint, type Signature } from '@plinth/client/partners';
import { Code } from '../reference/code.tsx';

const choices: { value: Signature; label: string }[] = [
  { value: 'hmac-sha256', label: 'HMAC-SHA256, with a secret' },
  { value: 'ed25519', label: 'Ed25519, with a key pair' },
];

export function SignatureField({ value, onChange }: { value: Signature; onChange: (value: Signature) => void }) {
  return (
    <Field
      label="Signature"
      hint="A secret is known to you and us, and most libraries take it. Of a key pair you get the public key, with which nobody can sign."
    >
      {(control) => (
        <Select
          {...control}
          value={value}
          choices={choices}
          onChange={({ target }) => onChange(target.value as Signature)}
        />
      )}
    </Field>
  );
}

/** The keys that check an endpoint's messages, newest first. Nothing for one with a secret. */
export function PublicKeys({ endpoint: { publicKeys = [] } }: { endpoint: Endpoint }) {
  return publicKeys.map(({ key, until }) => (
    <div key={key} className="mt-12 grid gap-4">
      <Code label={until === undefined ? 'Public key' : 'Public key of before'} text={key} />
      {until !== undefined && (
        <p className="text-13 text-muted">
          Signs too until <InstantText instant={until} />.
        </p>
      )}
    </div>
  ));
}

export interface FreshSecret {
  url: string;
  secret: string;
  otherUntil?: string;
}

interface ChangeSecretProps {
  endpoint: Endpoint;
  onSecret: (fresh: FreshSecret) => void;
  /** The endpoint says another key now. */
  onKey: () => void;
}

export function ChangeSecret({ endpoint: { id, url, signature }, onSecret, onKey }: ChangeSecretProps) {
  const { rotateEndpointSecret } = useModule(createPartners);
  const isPair = signature === 'ed25519';
  return (
    <OperationButton
      label={isPair ? 'Change key' : 'Change secret'}
      confirm={{
        title: isPair ? 'Make a new key pair?' : 'Make a new signing secret?',
        facts: [{ term: 'Address', value: url }],
        warning: `For 24 hours both ${isPair ? 'keys' : 'secrets'} sign. Then only the new one does.`,
        keep: 'Keep it',
      }}
      run={(key) => rotateEndpointSecret({ endpointId: id }, { key })}
      onDone={(made) => (isPair ? onKey() : onSecret({ url, ...(made as { secret: string; otherUntil: string }) }))}
    />
  );
}
