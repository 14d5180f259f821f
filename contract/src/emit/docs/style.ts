// The look of a documentation site. Light and dark follow the reader's system.

export const style = `:root {
  color-scheme: light dark;
  --page: light-dark(#ffffff, #111113);
  --soft: light-dark(#f0f0f3, #212225);
  --text: light-dark(#1c2024, #edeef0);
  --muted: light-dark(#60646c, #b0b4ba);
  --link: light-dark(#3a5bc7, #9eb1ff);
  --line: light-dark(#d9d9e0, #363a3f);
  --need: light-dark(#9d5b00, #ffca16);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.6 system-ui, sans-serif; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible, summary:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 1rem; background: var(--page); padding: .5rem; }
header { border-bottom: 1px solid var(--line); padding: .75rem 1.5rem; display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; }
header .name { font-weight: 600; color: var(--text); text-decoration: none; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; }
.muted, footer { color: var(--muted); }
code, pre, textarea { font-family: ui-monospace, monospace; font-size: .875rem; }
code { background: var(--soft); padding: .1em .3em; border-radius: 4px; }
pre { background: var(--soft); padding: 1rem; border-radius: 8px; overflow: auto; max-height: 30rem; }
pre code { padding: 0; background: none; }
.request { font-size: 1rem; }
.need { color: var(--need); font-size: .8125rem; font-weight: 600; }
.type { color: var(--muted); }
.fields { list-style: none; padding-left: 1rem; border-left: 2px solid var(--line); }
.fields li { margin: .5rem 0; }
.words p { margin: .25rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); }
form.try label { display: block; margin: .5rem 0; }
input, textarea { font: inherit; width: 100%; padding: .4rem .6rem; color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: 6px; }
textarea { min-height: 10rem; }
button { font: inherit; padding: .5rem 1rem; border: 0; border-radius: 6px; background: #3e63dd; color: #fff; }
.search { position: relative; margin-left: auto; }
.search ul { position: absolute; right: 0; width: 24rem; max-width: 90vw; max-height: 24rem; overflow: auto; margin: .25rem 0 0; padding: .5rem; list-style: none; background: var(--page); border: 1px solid var(--line); border-radius: 8px; z-index: 1; }
footer { padding: 1.5rem; text-align: center; font-size: .875rem; }
@media print { header, form.try, footer { display: none; } }
`;
