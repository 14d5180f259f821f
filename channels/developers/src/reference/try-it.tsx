import {
  Badge,
  Button,
  type ContractCatalogue,
  type ContractOperation,
  type ContractParam,
  Field,
  Panel,
  resolve,
  Tabs,
  Textarea,
  TextInput,
  useSession,
} from '@plinth/channels-ui';
import { PlinthProblem } from '@plinth/client';
import { useState } from 'react';
import { useApiKey } from '../key.tsx';
import { Code } from './code.tsx';
import { exampleOf, requestExample } from './example.ts';
import { languages, sampleIn } from './samples.ts';
import { call, parsed, type Shown } from './send.ts';

export interface TryItProps {
  operation: ContractOperation;
  catalogue: ContractCatalogue;
}

/** The call as code, and the same call made here: with the reader's key, or as who is signed in. */
export function TryIt({ operation, catalogue }: TryItProps) {
  const { document } = catalogue;
  const { apiKey } = useApiKey();
  const asked = operation.params.filter((param) => param.in === 'path' || param.in === 'query');
  const [params, setParams] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      asked.map((param) => [
        param.name,
        param.isRequired ? textOf(exampleOf(resolve(param.schema, document), document)) : '',
      ]),
    ),
  );
  const [body, setBody] = useState(() =>
    operation.body ? JSON.stringify(requestExample(operation.body.schema, document), undefined, 2) : '',
  );
  const [answer, setAnswer] = useState<Shown>();
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const parts = {
    operation,
    base: location.origin,
    apiKey: apiKey === '' ? '<your API key>' : apiKey,
    params,
    body: parsed(body) ?? (operation.body ? {} : undefined),
  };
  const run = async (): Promise<void> => {
    if (body.trim() !== '' && parsed(body) === undefined) {
      setFault('The body is not JSON. Mend it, then try again.');
      return;
    }
    setFault(undefined);
    setBusy(true);
    try {
      setAnswer(await call({ operation, params, apiKey, body: parsed(body) }));
    } catch (error) {
      setFault(faultOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="grid gap-16">
      <Tabs
        label="Languages"
        tabs={languages.map((language) => ({
          id: language,
          label: language,
          content: <Code label={language} text={sampleIn(language, parts)} />,
        }))}
      />
      <Panel title="Try it">
        <div className="grid gap-12">
          <KeyField />
          <Inputs operation={operation} asked={asked} {...{ params, setParams, body, setBody }} />
          {fault && (
            <p role="alert" className="font-medium text-critical">
              {fault}
            </p>
          )}
          <div>
            <Button variant="primary" busy={isBusy} onClick={() => void run()}>
              Send request
            </Button>
          </div>
        </div>
      </Panel>
      {answer && <Answer {...answer} />}
    </div>
  );
}

function KeyField() {
  const { apiKey, setApiKey } = useApiKey();
  const session = useSession();
  return (
    <Field
      label="API key"
      required={false}
      hint={
        session.data?.signedIn
          ? `Without one you call as ${session.data.name ?? 'who is signed in'}.`
          : 'Make one on the start page. Without one you call as nobody.'
      }
    >
      {(control) => (
        <TextInput
          {...control}
          value={apiKey}
          className="font-mono"
          onChange={(event) => setApiKey(event.target.value.trim())}
        />
      )}
    </Field>
  );
}

interface InputsProps {
  operation: ContractOperation;
  asked: readonly ContractParam[];
  params: Readonly<Record<string, string>>;
  setParams: (params: Record<string, string>) => void;
  body: string;
  setBody: (body: string) => void;
}

function Inputs({ operation, asked, params, setParams, body, setBody }: InputsProps) {
  return (
    <>
      {asked.map((param) => (
        <Field key={param.name} label={param.name} required={param.isRequired}>
          {(control) => (
            <TextInput
              {...control}
              value={params[param.name] ?? ''}
              onChange={(event) => setParams({ ...params, [param.name]: event.target.value })}
            />
          )}
        </Field>
      ))}
      {operation.body && (
        <Field label="Body" required={operation.body.isRequired}>
          {(control) => (
            <Textarea
              {...control}
              rows={Math.min(16, body.split('\n').length + 1)}
              spellCheck={false}
              className="font-mono text-13"
              value={body}
              onChange={(event) => setBody(event.target.value)}
            />
          )}
        </Field>
      )}
    </>
  );
}

function faultOf(error: unknown): string {
  if (error instanceof PlinthProblem) return `${error.detail} ${error.advice}`;
  // The client says which part of the path is missing.
  return error instanceof TypeError ? error.message : 'The call could not be made. Try again.';
}

function Answer({ status, ms, requestId, request, headers, body }: Shown) {
  return (
    <section aria-label="What it answered" aria-live="polite" className="grid gap-8">
      <p className="flex flex-wrap items-center gap-8">
        <Badge tone={status < 300 ? 'positive' : status < 500 ? 'caution' : 'critical'}>{status}</Badge>
        <span className="tabular text-muted">{ms} ms</span>
        {requestId !== '' && <code className="font-mono text-13 break-all text-muted">{requestId}</code>}
      </p>
      <Code label="Request" text={request} />
      {headers !== '' && <Code label="Headers" text={headers} />}
      <Code label="Body" text={body === '' ? '(empty)' : body} />
    </section>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
