// Opens the portal without a connection: the page and what it needs at once are kept, nothing of the customer's.
// The build fills in the list of files and the version.

const version = 'portal-__VERSION__';
const page = '/portal/';
const offline = '/portal/offline.html';
const shell = [page, offline, '/portal/offline.css', ...__SHELL__];

addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(version)
      .then((cache) => cache.addAll(shell))
      .then(() => self.skipWaiting()),
  );
});

addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== version).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') event.respondWith(openPage(request));
  // Names of assets carry the hash of their content: what is kept can never be old.
  else if (pathname.startsWith('/assets/')) event.respondWith(fromCache(request));
});

async function openPage(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(page)) ?? (await caches.match(offline)) ?? Response.error();
  }
}

async function fromCache(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) {
    const cache = await caches.open(version);
    await cache.put(request, response.clone());
  }
  return response;
}
