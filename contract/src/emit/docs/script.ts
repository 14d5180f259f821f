// What a documentation page can do with script: find a page, send a call. Without it every page reads the same.
// Plain JavaScript for browsers, as text: it is written into the site and never runs here.

export const script = `'use strict';
{
  const root = document.documentElement.dataset.root;
  const box = document.querySelector('.search');
  if (box) {
    const input = box.querySelector('input');
    const list = box.querySelector('ul');
    let pages;
    // A script and not a fetch: that works from a disk too.
    const load = () => new Promise((done) => {
      const data = document.createElement('script');
      data.addEventListener('load', () => done(globalThis.pages));
      data.src = root + 'search.js';
      document.head.append(data);
    });
    const show = async () => {
      pages ??= load();
      const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
      const found = words.length === 0 ? [] : (await pages)
        .filter(([title, , more]) => words.every((word) => (title + ' ' + more).toLowerCase().includes(word)))
        .slice(0, 20);
      list.replaceChildren(...found.map(([title, path, more]) => {
        const item = document.createElement('li');
        const link = document.createElement('a');
        link.href = root + path;
        link.textContent = title;
        item.append(link, ' ' + more);
        return item;
      }));
      list.hidden = found.length === 0;
      box.querySelector('[role=status]').textContent = words.length === 0 ? '' : found.length + ' found';
    };
    input.addEventListener('input', () => void show());
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') { input.value = ''; void show(); }
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea')) return;
      event.preventDefault();
      input.focus();
    });
    box.hidden = false;
  }

  if (navigator.clipboard) {
    for (const block of document.querySelectorAll('pre.sample')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'copy';
      button.textContent = 'Copy';
      button.setAttribute('aria-label', 'Copy ' + block.getAttribute('aria-label'));
      button.addEventListener('click', async () => {
        await navigator.clipboard.writeText(block.textContent);
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = 'Copy'; }, 2000);
      });
      block.before(button);
    }
  }

  const form = document.querySelector('form.try');
  if (form) {
    const output = form.querySelector('output');
    const valueOf = (role) => form.querySelector('[data-role=' + role + ']')?.value ?? '';
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void send();
    });
    const send = async () => {
      let path = form.dataset.path;
      const query = new URLSearchParams();
      const headers = {};
      for (const field of form.querySelectorAll('[data-in]')) {
        if (field.value === '') continue;
        if (field.dataset.in === 'path') path = path.replace('{' + field.dataset.name + '}', encodeURIComponent(field.value));
        else if (field.dataset.in === 'query') query.append(field.dataset.name, field.value);
        else headers[field.dataset.name] = field.value;
      }
      const token = valueOf('token');
      if (token !== '') headers.authorization = 'Bearer ' + token;
      const body = valueOf('body');
      if (body !== '') headers['content-type'] = form.dataset.media;
      const target = valueOf('server') + path + (query.size > 0 ? '?' + query : '');
      output.textContent = 'Sending …';
      try {
        const started = performance.now();
        const answer = await fetch(target, { method: form.dataset.method, headers, ...(body === '' ? {} : { body }) });
        const text = await answer.text();
        const ms = Math.round(performance.now() - started);
        output.textContent = answer.status + ' in ' + ms + ' ms\\n\\n' + pretty(text);
      } catch (error) {
        output.textContent = 'No answer from ' + target + ': ' + error.message;
      }
    };
    const pretty = (text) => {
      try { return JSON.stringify(JSON.parse(text), undefined, 2); } catch { return text; }
    };
    form.hidden = false;
  }
}
`;
