// Files of contracts from the network: only from hosts that were named, bounded in time and size.

const timeoutMs = 10_000;
const maxBytes = 32 * 1024 * 1024;
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The text at a URL. Rejects, in words, when its host was not named (`host` or `host:port`), it is not https (http on this
 * machine), redirects, answers with another status than 200, is larger than 32 MiB or takes longer than 10 s.
 */
export async function fetchText(address: string, hosts: readonly string[]): Promise<string> {
  const url = URL.parse(address);
  if (!url || !(hosts.includes(url.host) || hosts.includes(url.hostname)))
    throw new Error(`nothing is fetched from the network; allow it by --allow-remote ${url?.host ?? 'HOST'}`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.has(url.hostname)))
    throw new Error('it must be https');
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200) throw new Error(`the answer was ${response.status}`);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [text, bytes] = ['', 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error('it is larger than 32 MiB');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
