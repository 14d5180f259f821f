// HTML that cannot be broken by what stands in a contract: everything put into a template is escaped unless it is markup.

/** Text that is already markup. Only `html`, `join` and `prose` make it. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | undefined | readonly Markup[];

/** A template: `html\`<p>${text}</p>\``. Attribute values stand in double quotes. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.map((text, index) => text + render(parts[index])).join('') };
}

export const nothing: Markup = { markup: '' };

export function join(parts: readonly Markup[], between = ''): Markup {
  return { markup: parts.map(({ markup }) => markup).join(between) };
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escape(part);
  return 'markup' in part ? part.markup : join(part).markup;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => escapes[letter] ?? letter);
}

/** A description: paragraphs, lists, `code` and links of CommonMark; whatever else stands there is shown as it is. */
export function prose(text: string): Markup {
  const blocks = text
    .trim()
    .split(/\n\s*\n/)
    .filter((block) => block.trim() !== '');
  return join(
    blocks.map((block) => {
      const lines = block.split('\n').map((line) => line.trim());
      const items = lines.flatMap((line) => /^[-*] (.*)$/.exec(line)?.[1] ?? []);
      if (items.length === lines.length)
        return html`<ul>
          ${items.map((item) => html`<li>${inline(item)}</li>`)}
        </ul>`;
      return html`<p>${inline(lines.join(' '))}</p>`;
    }),
  );
}

/** One line of prose. Links lead only to web addresses. */
export function inline(text: string): Markup {
  const parts = text.split(/(`[^`]+`|\[[^\]]+\]\(https?:\/\/[^)\s]+\))/);
  return join(
    parts.map((part) => {
      if (/^`[^`]+`$/.test(part)) return html`<code>${part.slice(1, -1)}</code>`;
      const link = /^\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)$/.exec(part);
      return link ? html`<a href="${link[2]}" rel="noreferrer">${link[1]}</a>` : html`${part}`;
    }),
  );
}
