// The pages of a documentation site: one each for operation, schema, event and problem, and their lists.

import { isObject } from '../../load/pointer.ts';
import type { EventType, Operation, ProblemType } from '../../model/contract.ts';
import { groupsOf } from './groups.ts';
import { html, type Markup, nothing, prose } from './html.ts';
import { operationPage } from './operation-page.ts';
import { crumb, linked, type Page, type PageContext } from './page.ts';
import { schemaView, type View } from './schema-view.ts';

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
  const sections = groupsOf(contract).map(({ id, title, kind, entries }) => {
    const rows = entries.map(({ name, label, words: more, request }) => {
      const link = linked(kind, name, { places, from: path }, label);
      const asked = request
        ? html`<code>${request.method} ${request.path}</code>`
        : html`<span class="muted">${more}</span>`;
      return html`<li>${link} ${asked}</li>`;
    });
    return html`<section id="${id}">
      <h2>${title}</h2>
      <ul class="rows">
        ${rows}
      </ul>
    </section>`;
  });
  return {
    path,
    title: contract.title,
    words: contract.id,
    main: html`<h1>${contract.title} <span class="muted">${contract.version}</span></h1>
      ${prose(words)}${sections}`,
  };
}

function schemaPage(name: string, context: PageContext): Page {
  const { contract, places } = context;
  const path = places.file('schemas', name) ?? '';
  const schema = contract.schemas.get(name);
  const words = isObject(schema) && typeof schema['description'] === 'string' ? schema['description'] : '';
  return {
    path,
    title: name,
    words: 'schema',
    main: html`<p class="muted">${crumb(path, context)}</p>
      <h1>${name}</h1>
      ${prose(words)}${schemaView(schema, { contract, places, from: path })}`,
  };
}

function eventPage({ type, when, data }: EventType, context: PageContext): Page {
  const { contract, places } = context;
  const path = places.file('events', type) ?? '';
  const view: View = { contract, places, from: path };
  const by = contract.operations.filter(({ policy }) => policy.emits.some(({ event }) => event === type));
  return {
    path,
    title: type,
    words: `event ${when}`,
    main: html`<p class="muted">${crumb(path, context)}</p>
      <h1><code>${type}</code></h1>
      ${prose(when)}
      <p>Comes as a CloudEvent; its <code>data</code> is:</p>
      ${schemaView(data, view, true)} ${operationList('Told by', by, view)}`,
  };
}

function problemPage(problem: ProblemType, context: PageContext): Page {
  const { contract, places } = context;
  const path = places.file('problems', problem.code) ?? '';
  const view: View = { contract, places, from: path };
  const by = contract.operations.filter(({ policy }) => policy.problems.includes(problem.code));
  return {
    path,
    title: problem.title,
    words: `problem ${problem.code} ${problem.status}`,
    main: html`<p class="muted">${crumb(path, context)}</p>
      <h1>${problem.title}</h1>
      <p>
        <code>${problem.code}</code>, status ${problem.status}.
        ${problem.retryable ? 'Worth trying again later.' : 'Trying again does not help.'}
      </p>
      ${prose(problem.detail)}
      ${problem.advice === '' && problem.next.length === 0 ? nothing : html`<h2>What to do</h2>`}${prose(problem.advice)}
      ${
        problem.next.length === 0
          ? nothing
          : html`<ul>
              ${problem.next.map((id) => html`<li>${linked('operations', id, view)}</li>`)}
            </ul>`
      }
      ${operationList('Answered by', by, view)}`,
  };
}

function operationList(title: string, operations: readonly Operation[], view: View): Markup {
  if (operations.length === 0) return nothing;
  const rows = operations.map(({ id, summary }) => html`<li>${linked('operations', id, view, summary || id)}</li>`);
  return html`<h2>${title}</h2>
    <ul>
      ${rows}
    </ul>`;
}
