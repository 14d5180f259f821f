// The look of a documentation site: contents, prose, sample side by side where there is room, else below each other.
// Light and dark follow the reader's system. No inline style anywhere: the site's policy forbids it.

export const style = `:root {
  color-scheme: light dark;
  --page: light-dark(#ffffff, #111113);
  --soft: light-dark(#f0f0f3, #212225);
  --text: light-dark(#1c2024, #edeef0);
  --muted: light-dark(#60646c, #b0b4ba);
  --link: light-dark(#3a5bc7, #9eb1ff);
  --line: light-dark(#d9d9e0, #363a3f);
  --control: light-dark(#80838d, #777b84);
  --need: light-dark(#9d5b00, #ffca16);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip, .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip:focus { width: auto; height: auto; clip-path: none; inset: .5rem auto auto .5rem; background: var(--page); padding: .5rem; z-index: 2; }

header { position: sticky; inset-block-start: 0; z-index: 1; min-height: 3.5rem; padding: .5rem 1rem; display: flex; gap: 1rem; align-items: center; background: var(--page); border-bottom: 1px solid var(--line); }
header .name { font-weight: 600; color: var(--text); text-decoration: none; }
.to-contents { font-size: .875rem; }
.search { position: relative; margin-inline-start: auto; }
.search label { display: flex; gap: .5rem; align-items: center; font-size: .875rem; color: var(--muted); }
.search input { width: 14rem; min-width: 6rem; }
.search ul { position: absolute; inset-inline-end: 0; width: 28rem; max-width: calc(100vw - 2rem); max-height: 24rem; overflow: auto; margin: .25rem 0 0; padding: .5rem 1rem; list-style: none; font-size: .875rem; background: var(--page); border: 1px solid var(--line); border-radius: 8px; }
.search li { padding: .25rem 0; color: var(--muted); overflow-wrap: anywhere; }
kbd { font: .75rem/1 var(--mono); padding: .125rem .25rem; border: 1px solid var(--line); border-radius: 4px; }

main { min-width: 0; padding: 1.5rem 1rem; }
article { min-width: 0; overflow-wrap: break-word; }
article > :first-child { margin-block-start: 0; }
article > p, article li p { max-width: 68ch; }
h1 { font-size: 1.75rem; line-height: 1.25; letter-spacing: -.01em; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; line-height: 1.4; margin: 2rem 0 .5rem; }
h3 { font-size: .875rem; margin: 1rem 0 .25rem; }
.muted, footer { color: var(--muted); }
h1 .muted { font-weight: 400; }
code, pre, textarea { font-family: var(--mono); font-size: .875em; }
code { background: var(--soft); padding: .125em .25em; border-radius: 4px; overflow-wrap: break-word; }
pre { background: var(--soft); font-size: .8125rem; margin: 0; padding: .75rem 1rem; border-radius: 8px; overflow: auto; max-height: 24rem; }
pre code { padding: 0; background: none; font-size: 1em; overflow-wrap: normal; }
.request { margin: .5rem 0 1rem; }
.need { color: var(--need); font-size: .75rem; font-weight: 600; }
.type { color: var(--muted); }
.fields { list-style: none; margin: .5rem 0; padding-inline-start: 1rem; border-inline-start: 2px solid var(--line); }
.fields li { padding: .25rem 0; }
.words p { margin: .125rem 0; }
.rows { list-style: none; padding: 0; margin: 0; }
.rows li { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; padding: .5rem 0; border-bottom: 1px solid var(--line); }
.rows li > * { min-width: 0; overflow-wrap: anywhere; }
.rows .muted { max-width: 44ch; }
.rows code { background: none; padding: 0; color: var(--muted); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); }
thead th { font-size: .75rem; font-weight: 600; color: var(--muted); }
tbody th { font-weight: 400; }
details { border-bottom: 1px solid var(--line); }
details > p { margin: 0 0 .5rem; }
summary { padding: .5rem 0; cursor: pointer; }

aside h2 { margin-block-start: 0; }
.copy { float: inline-end; margin: -1.75rem 0 0; padding: .125rem .5rem; font-size: .75rem; color: var(--link); background: none; border: 1px solid var(--line); }
form.try { margin-block-start: 1.5rem; padding-block-start: .5rem; border-top: 1px solid var(--line); }
form.try p.muted { margin: .25rem 0; font-size: .75rem; }
form.try pre:has(output:empty) { padding: 0; }
form.try label { display: block; margin: .5rem 0; font-size: .875rem; }
input, textarea { font: inherit; width: 100%; padding: .25rem .5rem; color: inherit; background: var(--page); border: 1px solid var(--control); border-radius: 6px; }
textarea { min-height: 10rem; font-family: var(--mono); font-size: .8125rem; }
button { font: inherit; font-size: .875rem; padding: .375rem 1rem; border: 0; border-radius: 6px; background: #3e63dd; color: #fff; cursor: pointer; }

nav { padding: 1rem; font-size: .875rem; border-top: 1px solid var(--line); }
nav p { margin: 1rem 0 .25rem; font-weight: 600; }
nav p:first-child { margin-block-start: 0; }
nav p a { color: var(--text); text-decoration: none; }
nav p .muted { font-weight: 400; font-size: .75rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .25rem .5rem; border-radius: 6px; color: var(--muted); text-decoration: none; overflow-wrap: anywhere; }
nav li a:hover, nav p a:hover { color: var(--link); }
nav li a[aria-current] { color: var(--text); background: var(--soft); }
footer { padding: 1.5rem 1rem; font-size: .75rem; border-top: 1px solid var(--line); }

@media (width < 56rem) {
  header { flex-wrap: wrap; gap: .5rem 1rem; position: static; }
  .to-contents { margin-inline-start: auto; }
  .search { flex: 1 0 100%; }
  .search input { flex: 1; }
  .search ul { inset-inline-start: 0; width: auto; }
  kbd { display: none; }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  th, td { display: inline; padding: 0 .25rem 0 0; border: 0; }
}
@media (width >= 56rem) {
  header { padding-inline: 1.5rem; }
  .to-contents { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .frame { display: grid; grid-template-columns: 17.5rem minmax(0, 1fr); }
  main { grid-area: 1 / 2; padding: 2rem; }
  nav { grid-area: 1 / 1; position: sticky; inset-block-start: 3.5rem; height: calc(100vh - 3.5rem); overflow: auto; padding: 1.5rem; border-top: 0; border-inline-end: 1px solid var(--line); }
  footer { padding-inline: 1.5rem; }
}
@media (width >= 80rem) {
  main:has(aside) { display: grid; grid-template-columns: minmax(0, 1fr) 26rem; gap: 3rem; align-items: start; }
  main:not(:has(aside)) article { max-width: 52rem; }
  aside { position: sticky; inset-block-start: 5.5rem; max-height: calc(100vh - 7rem); overflow: auto; padding: 2px; }
}
@media print { header, nav, form.try, footer, .copy { display: none; } }
`;

/** A plinth: a block on its foot. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#3e63dd" d="M4 2h8v9H4zM2 12h12v2H2z"/></svg>
`;
