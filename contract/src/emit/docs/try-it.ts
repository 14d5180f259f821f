// The form that sends an operation's example. Hidden until the script, which is what sends it, shows it.

import type { Contract, Operation } from '../../model/contract.ts';
import { keyModeOf } from '../descriptor.ts';
import { originsOf, type Sample } from '../samples.ts';
import { html, type Markup, nothing } from './html.ts';

/** Nothing for an operation whose body is no JSON: a text field cannot hold it. */
export function tryIt(operation: Operation, { input }: Sample, contract: Contract): Markup {
  const keyMode = keyModeOf(contract, operation);
  const media = (operation.body?.media ?? []).find(({ type }) => type.includes('json'));
  if (operation.body && !media) return nothing;
  const origins = originsOf(contract);
  const fields = operation.params
    .filter(({ in: place, name }) => place !== 'cookie' && name.toLowerCase() !== 'idempotency-key')
    .map(({ name, in: place, required }) => {
      const value = input[name];
      const text = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
      return html`<label
        >${name}<input data-in="${place}" data-name="${name}" value="${text}" ${required ? html` required` : nothing}
      /></label>`;
    });
  // The reader writes the key: sending twice with the same one is what is worth trying.
  const need = keyMode === 'required' ? html` required` : nothing;
  const keyField =
    keyMode !== 'none'
      ? html`<label>Idempotency-Key<input data-in="header" data-name="Idempotency-Key" ${need} /></label>`
      : nothing;
  const body = JSON.stringify(input['body'] ?? {}, undefined, 2);
  return html`<form
    class="try"
    hidden
    data-method="${operation.method.toUpperCase()}"
    data-path="${contract.basePath}${operation.path}"
    data-media="${media?.type ?? ''}"
  >
    <h3>Try it</h3>
    <label>Server<input data-role="server" type="url" value="${origins[0]}" /></label>
    <p class="muted">Calls may go to this site${origins.map((origin) => html`, <code>${origin}</code>`)}.</p>
    <label>Token<input data-role="token" type="password" autocomplete="off" /></label>
    ${keyField}${fields}${
      media ? html`<label>Body<textarea data-role="body" spellcheck="false">${body}</textarea></label>` : nothing
    }
    <p><button type="submit">Send</button></p>
    <pre tabindex="0" role="region" aria-label="Answer"><output aria-live="polite"></output></pre>
  </form>`;
}
