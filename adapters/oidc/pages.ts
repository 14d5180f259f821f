// The provider's own pages: sign in, allow an application, enrol a device. Server-rendered, readable without script.

export interface SignInPage {
  uid: string;
  client: string;
  /** Shown as one-press buttons, so only accounts whose password is no secret. */
  accounts: readonly { username: string; password: string; name: string; note: string }[];
  error?: string;
}

export const stylesheetPath = '/oidc/pages.css';

/** Colours are the roles of channels/ui; both modes by the system's wish. */
export const stylesheet = `
:root { color-scheme: light dark; --page: #f9f9fb; --panel: #ffffff; --strong: #1c2024; --muted: #60646c; --line: #d9d9e0; --control: #80838d; --accent: #3e63dd; --accent-hover: #3358d4; --accent-text: #3a5bc7; --accent-soft: #edf2fe; --critical: #cc2a2f; --critical-soft: #feebec; --focus: #3e63dd; }
@media (prefers-color-scheme: dark) { :root { --page: #111113; --panel: #18191b; --strong: #edeef0; --muted: #b0b4ba; --line: #363a3f; --control: #777b84; --accent-text: #9eb1ff; --accent-soft: #182449; --critical: #ff9592; --critical-soft: #3b1219; --focus: #9eb1ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--page); color: var(--strong); font: 16px/24px "Inter Variable", Inter, system-ui, sans-serif; display: grid; place-items: center; padding: 24px 16px; }
main { width: 100%; max-width: 432px; background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 32px; }
.brand { color: var(--strong); display: flex; align-items: center; gap: 8px; font-weight: 600; margin: 0 0 24px; }
.brand span { width: 12px; height: 12px; background: var(--accent); transform: rotate(45deg); border-radius: 2px; }
h1 { font-size: 24px; line-height: 32px; letter-spacing: -0.01em; margin: 0 0 4px; font-weight: 600; }
p { margin: 0 0 16px; color: var(--muted); }
label { display: block; font-weight: 500; font-size: 14px; line-height: 20px; margin: 16px 0 4px; }
input { width: 100%; height: 44px; padding: 0 12px; border: 1px solid var(--control); border-radius: 6px; background: var(--panel); color: inherit; font: inherit; }
button { width: 100%; min-height: 44px; border-radius: 6px; border: 1px solid transparent; font: inherit; font-weight: 500; cursor: pointer; }
.primary { background: var(--accent); color: #ffffff; margin-top: 24px; }
.primary:hover { background: var(--accent-hover); }
.quiet { background: transparent; border-color: var(--control); color: inherit; margin-top: 8px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.error { background: var(--critical-soft); color: var(--critical); border-radius: 6px; padding: 8px 12px; margin: 16px 0 0; font-size: 14px; line-height: 20px; }
h2 { font-size: 14px; line-height: 20px; font-weight: 600; margin: 32px 0 8px; padding-top: 24px; border-top: 1px solid var(--line); }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 8px; }
li button { display: flex; justify-content: space-between; gap: 16px; align-items: center; text-align: left; padding: 8px 12px; background: transparent; border-color: var(--line); color: inherit; }
li button:hover { background: var(--accent-soft); }
li button span { white-space: nowrap; }
li small { color: var(--muted); font-weight: 400; font-size: 14px; text-align: right; }
.scopes { margin: 16px 0; gap: 8px; }
.scopes li { padding-left: 24px; position: relative; }
.scopes li::before { content: ""; position: absolute; left: 4px; top: 9px; width: 6px; height: 6px; border-radius: 50%; background: var(--accent); }
.code { color: var(--strong); font: 600 30px/38px "JetBrains Mono Variable", ui-monospace, monospace; letter-spacing: 2px; text-align: center; padding: 16px; background: var(--accent-soft); border-radius: 8px; margin: 16px 0; }
@media (max-width: 480px) { body { place-items: start stretch; padding: 0; background: var(--panel); } main { border: 0; border-radius: 0; min-height: 100vh; padding: 24px 16px; } }
`;

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)} – Northfold</title><link rel="stylesheet" href="${stylesheetPath}"><link rel="icon" href="data:,"></head><body><main><p class="brand"><span></span>Northfold</p>${content}</main></body></html>`;
}

export function signInPage({ uid, client, accounts, error }: SignInPage): string {
  const demo = accounts
    .map(
      ({ username, password, name, note }) =>
        `<li><form method="post" action="/oidc/interaction/${uid}/login"><input type="hidden" name="username" value="${escapeHtml(username)}"><input type="hidden" name="password" value="${escapeHtml(password)}"><button type="submit" name="demo" value="${escapeHtml(username)}"><span>${escapeHtml(name)}</span><small>${escapeHtml(note)}</small></button></form></li>`,
    )
    .join('');
  return page(
    error ? 'Error: sign in' : 'Sign in',
    `<h1>Sign in</h1><p>to ${escapeHtml(client)}</p>
<form method="post" action="/oidc/interaction/${uid}/login">
<label for="username">User name</label><input id="username" name="username" autocomplete="username" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
${error ? `<p class="error" role="alert">${escapeHtml(error)}</p>` : ''}
<button class="primary" type="submit">Sign in</button></form>
${demo ? `<h2>Demo accounts</h2><ul>${demo}</ul>` : ''}`,
  );
}

export function consentPage(uid: string, client: string, wishes: readonly string[]): string {
  return page(
    'Allow access',
    `<h1>Allow ${escapeHtml(client)}?</h1><p>It wants to do this in your name:</p>
<ul class="scopes">${wishes.map((wish) => `<li>${escapeHtml(wish)}</li>`).join('')}</ul>
<p>Anything it changes is read back to you first.</p>
<form method="post" action="/oidc/interaction/${uid}/allow"><button class="primary" type="submit">Allow ${escapeHtml(client)}</button></form>
<form method="post" action="/oidc/interaction/${uid}/deny"><button class="quiet" type="submit">Do not allow</button></form>`,
  );
}

/** @param form the provider's own: it brings the address and a token against forgery; its unlabelled field is not ours. */
export function deviceCodePage(form: string, error: string | undefined): string {
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? '';
  const token = /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '';
  return page(
    error ? 'Error: enrol a device' : 'Enrol a device',
    `<h1>Enrol a device</h1><p>Type the code that the device shows.</p>
<form method="post" action="${action}"><input type="hidden" name="xsrf" value="${token}">
<label for="user_code">Code</label><input id="user_code" name="user_code" autocomplete="off" autofocus required>
${error ? `<p class="error" role="alert">${escapeHtml(error)}</p>` : ''}
<button class="primary" type="submit">Continue</button></form>`,
  );
}

export function deviceConfirmPage(form: string, code: string): string {
  return page(
    'Enrol a device',
    `<h1>Is this the code on the device?</h1><p class="code">${escapeHtml(code)}</p>${form}<button class="primary" type="submit" form="op.deviceConfirmForm" autofocus>Enrol this device</button><button class="quiet" type="submit" form="op.deviceConfirmForm" value="yes" name="abort">No, it shows another code</button>`,
  );
}

/** `form`: of the provider's library. */
export function signOutPage(form: string): string {
  return page(
    'Sign out',
    `<h1>Sign out?</h1><p>You will be asked for your password the next time.</p>${form}<button class="primary" type="submit" form="op.logoutForm" value="yes" name="logout" autofocus>Sign out</button><button class="quiet" type="submit" form="op.logoutForm">Stay signed in</button>`,
  );
}

export function messagePage(title: string, text: string): string {
  return page(title, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>`);
}
