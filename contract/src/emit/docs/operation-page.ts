// The page of an operation: what it does and promises, what it takes, what it answers; beside it a call that works on paste.

import type { Operation, Response } from '../../model/contract.ts';
import { policyWords } from '../policy-words.ts';
import { type Sample, sampleOf } from '../samples.ts';
import { html, inline, type Markup, nothing, prose } from './html.ts';
import { crumb, linked, type Page, type PageContext } from './page.ts';
import { schemaView, type View } from './schema-view.ts';
import { tryIt } from './try-it.ts';

export function operationPage(operation: Operation, context: PageContext): Page {
  const { contract, places, generator } = context;
  const path = places.file('operations', operation.id) ?? '';
  const view: View = { contract, places, from: path };
  const method = operation.method.toUpperCase();
  const isWebhook = contract.webhooks.includes(operation);
  const sample = isWebhook ? undefined : sampleOf(contract, operation, generator);
  const media = operation.body?.media ?? [];
  return {
    path,
    title: operation.summary || operation.id,
    words: `${operation.id} ${method} ${operation.path}`,
    main: html`<p class="muted">${crumb(path, context)} · <code>${operation.id}</code></p>
      <h1>${operation.summary || operation.id}</h1>
      <p class="request"><code>${method} ${contract.basePath}${operation.path}</code></p>
      ${prose(operation.description)}
      <section>
        <h2>Good to know</h2>
        <ul>
          ${policyWords(contract, operation).map((words) => html`<li>${inline(words)}</li>`)}
        </ul>
      </section>
      ${parameters(operation, view)}
      ${
        media.length === 0
          ? nothing
          : html`<section>
              <h2>Body ${operation.body?.required ? html`<span class="need">required</span>` : nothing}</h2>
              ${media.map(({ type, schema }) => html`<p><code>${type}</code> ${schemaView(schema, view, true)}</p>`)}
            </section>`
      }
      <section>
        <h2>Answers</h2>
        ${operation.responses.map((response) => answer(response, view))}
      </section>
      ${problemsOf(operation, view)}${eventsOf(operation, view)} `,
    ...(sample ? { beside: example(sample, tryIt(operation, sample, contract)) } : {}),
  };
}

function example(sample: Sample, form: Markup): Markup {
  return html`<h2>Example</h2>
    ${code('curl', sample.curl)}${code('TypeScript', sample.typescript)}${form}`;
}

function code(title: string, text: string): Markup {
  return html`<h3>${title}</h3>
    <pre class="sample" tabindex="0" role="region" aria-label="${title}"><code>${text}</code></pre>`;
}

function parameters(operation: Operation, view: View): Markup {
  if (operation.params.length === 0) return nothing;
  const rows = operation.params.map(
    (param) =>
      html`<tr>
        <th scope="row">
          <code>${param.name}</code>${param.required ? html` <span class="need">required</span>` : nothing}
        </th>
        <td>${param.in}</td>
        <td>
          ${schemaView(param.schema, view)}
          <div class="words">${prose(param.description)}</div>
        </td>
      </tr>`,
  );
  return html`<section>
    <h2>Parameters</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">In</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`;
}

function answer({ status, description, headers, media }: Response, view: View): Markup {
  const fields = headers.map(({ name, description: words }) => html`<li><code>${name}</code> ${inline(words)}</li>`);
  const bodies = media.map(({ type, schema }) => html`<p><code>${type}</code> ${schemaView(schema, view)}</p>`);
  const open = typeof status === 'number' && status < 300 ? html` open` : nothing;
  return html`<details${open}>
    <summary><strong>${String(status)}</strong> ${inline(description.replaceAll(/\s+/g, ' '))}</summary>
    ${
      fields.length === 0
        ? nothing
        : html`<ul>
            ${fields}
          </ul>`
    }${bodies}
  </details>`;
}

function problemsOf({ policy }: Operation, view: View): Markup {
  if (policy.problems.length === 0) return nothing;
  const rows = policy.problems.map((name) => {
    const known = view.contract.problems.find(({ code: own }) => own === name);
    return html`<li>${linked('problems', name, view)} <span class="muted">${known?.title ?? ''}</span></li>`;
  });
  return html`<section>
    <h2>Problems</h2>
    <ul>
      ${rows}
    </ul>
  </section>`;
}

function eventsOf({ policy }: Operation, view: View): Markup {
  if (policy.emits.length === 0) return nothing;
  const rows = policy.emits.map(({ event }) => html`<li>${linked('events', event, view)}</li>`);
  return html`<section>
    <h2>Events it tells</h2>
    <ul>
      ${rows}
    </ul>
  </section>`;
}
