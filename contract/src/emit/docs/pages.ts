// The pages of a documentation site: one each for operation, schema, event and problem, and their lists.

import type { Generator } from '../../generate/instance.ts';
import { isObject } from '../../load/pointer.ts';
import type { Contract, EventType, Operation, ProblemType, Response } from '../../model/contract.ts';
import { keyModeOf } from '../descriptor.ts';
import { policyWords } from '../policy-words.ts';
import { originOf, type Sample, sampleOf } from '../samples.ts';
import { html, inline, join, type Markup, nothing, prose } from './html.ts';
import { type Kind, type Places, relative } from './place.ts';
import { schemaView, type View } from './schema-view.ts';

export interface PageContext {
  contract: Contract;
  places: Places;
  generator: Generator;
}

/** What a page holds; the site puts its frame around it. */
export interface Page {
  path: string;
  title: string;
  /** More words to find it by. */
  words: string;
  main: Markup;
}

/** Every page of a contract, its index first. */
export function pagesOf(context: PageContext): Page[] {
  const { contract } = context;
  return [
    indexPage(context),
    ...[...contract.operations, ...contract.webhooks].map((operation) => operationPage(operation, context)),
    ...[...contract.schemas.keys()].map((name) => schemaPage(name, context)),
    ...contract.events.map((event) => eventPage(event, context)),
    ...contract.problems.map((problem) => problemPage(problem, context)),
  ];
}

function indexPage({ contract, places }: PageContext): Page {
  const path = places.index;
  const info = contract.document['info'];
  const words = isObject(info) && typeof info['description'] === 'string' ? info['description'] : '';
  const list = (kind: Kind, title: string, rows: readonly [name: string, text: string][]): Markup =>
    rows.length === 0
      ? nothing
      : html`<section>
          <h2>${title}</h2>
          <ul>
            ${rows.map(([name, text]) => html`<li>${linked(kind, name, { places, from: path })} <span class="muted">${text}</span></li>`)}
          </ul>
        </section>`;
  const byTag = Map.groupBy(contract.operations, ({ tags }) => tags[0] ?? 'Operations');
  return {
    path,
    title: contract.title,
    words: contract.id,
    main: html`<h1>${contract.title} <span class="muted">${contract.version}</span></h1>
      ${prose(words)}
      ${[...byTag].map(([tag, operations]) =>
        list(
          'operations',
          tag,
          operations.map(({ id, summary }) => [id, summary]),
        ),
      )}
      ${list(
        'operations',
        'Webhooks',
        contract.webhooks.map(({ id, summary }) => [id, summary]),
      )}
      ${list(
        'events',
        'Events',
        contract.events.map(({ type, when }) => [type, when]),
      )}
      ${list(
        'problems',
        'Problems',
        contract.problems.map(({ code, title }) => [code, title]),
      )}
      ${list(
        'schemas',
        'Schemas',
        [...contract.schemas.keys()].map((name) => [name, '']),
      )}`,
  };
}

function linked(kind: Kind, name: string, { places, from }: Pick<View, 'places' | 'from'>): Markup {
  const file = places.file(kind, name);
  return file === undefined ? html`<code>${name}</code>` : html`<a href="${relative(from, file)}">${name}</a>`;
}

function operationPage(operation: Operation, context: PageContext): Page {
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
    main: html`<p class="muted">
        <a href="${relative(path, places.index)}">${contract.title}</a> · <code>${operation.id}</code>
      </p>
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
      ${problemsOf(operation, view)}${eventsOf(operation, view)}
      ${
        sample
          ? html`<section>
                <h2>Example</h2>
                ${code('curl', sample.curl)}${code('TypeScript', sample.typescript)}
              </section>
              ${tryIt(operation, sample, contract)}`
          : nothing
      }`,
  };
}

function code(title: string, text: string): Markup {
  return html`<h3>${title}</h3>
    <pre tabindex="0" role="region" aria-label="${title}"><code>${text}</code></pre>`;
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
  return html`<h3>${String(status)}</h3>
    ${prose(description)}${
      fields.length === 0
        ? nothing
        : html`<ul>
            ${fields}
          </ul>`
    }${bodies}`;
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

/** Filled in with the example; shown by the script, which is what sends it. */
function tryIt(operation: Operation, { input }: Sample, contract: Contract): Markup {
  const keyMode = keyModeOf(contract, operation);
  const media = (operation.body?.media ?? []).find(({ type }) => type.includes('json'));
  if (operation.body && !media) return nothing;
  const origin = originOf(contract);
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
  return html`<section>
    <form
      class="try"
      hidden
      data-method="${operation.method.toUpperCase()}"
      data-path="${contract.basePath}${operation.path}"
      data-media="${media?.type ?? ''}"
    >
      <h2>Try it</h2>
      <label
        >Server<input data-role="server" type="url" value="${origin === 'https://api.example' ? '' : origin}"
      /></label>
      <label>Token<input data-role="token" type="password" autocomplete="off" /></label>
      ${keyField}${fields}${media ? html`<label>Body<textarea data-role="body" spellcheck="false">${body}</textarea></label>` : nothing}
      <p><button type="submit">Send</button></p>
      <pre tabindex="0" role="region" aria-label="Answer"><output aria-live="polite"></output></pre>
    </form>
  </section>`;
}

function schemaPage(name: string, { contract, places }: PageContext): Page {
  const path = places.file('schemas', name) ?? '';
  const schema = contract.schemas.get(name);
  const words = isObject(schema) && typeof schema['description'] === 'string' ? schema['description'] : '';
  return {
    path,
    title: name,
    words: 'schema',
    main: html`${above(path, contract, places)}
      <h1>${name}</h1>
      ${prose(words)}${schemaView(schema, { contract, places, from: path })}`,
  };
}

function eventPage({ type, when, data }: EventType, { contract, places }: PageContext): Page {
  const path = places.file('events', type) ?? '';
  const view: View = { contract, places, from: path };
  const by = contract.operations.filter(({ policy }) => policy.emits.some(({ event }) => event === type));
  return {
    path,
    title: type,
    words: `event ${when}`,
    main: html`${above(path, contract, places)}
      <h1><code>${type}</code></h1>
      ${prose(when)}
      <p>Comes as a CloudEvent; its <code>data</code> is:</p>
      ${schemaView(data, view, true)}
      ${
        by.length === 0
          ? nothing
          : html`<h2>Told by</h2>
              <ul>
                ${by.map(({ id }) => html`<li>${linked('operations', id, view)}</li>`)}
              </ul>`
      }`,
  };
}

function problemPage(problem: ProblemType, { contract, places }: PageContext): Page {
  const path = places.file('problems', problem.code) ?? '';
  const view: View = { contract, places, from: path };
  const by = contract.operations.filter(({ policy }) => policy.problems.includes(problem.code));
  return {
    path,
    title: problem.title,
    words: `problem ${problem.code} ${problem.status}`,
    main: html`${above(path, contract, places)}
      <h1>${problem.title}</h1>
      <p>
        <code>${problem.code}</code>, status ${problem.status}.
        ${problem.retryable ? 'Worth trying again later.' : 'Trying again does not help.'}
      </p>
      ${prose(problem.detail)}
      <h2>What to do</h2>
      ${prose(problem.advice)}
      ${
        problem.next.length === 0
          ? nothing
          : html`<ul>
              ${problem.next.map((id) => html`<li>${linked('operations', id, view)}</li>`)}
            </ul>`
      }
      ${
        by.length === 0
          ? nothing
          : html`<h2>Answered by</h2>
              <ul>
                ${by.map(({ id }) => html`<li>${linked('operations', id, view)}</li>`)}
              </ul>`
      }`,
  };
}

function above(path: string, contract: Contract, places: Places): Markup {
  return join([html`<p class="muted"><a href="${relative(path, places.index)}">${contract.title}</a></p>`]);
}
