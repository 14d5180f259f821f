// Standard input as a text: it can be read once, and several parts of a command may ask for it.

const mostBytes = 32 * 1024 * 1024;
let read: Promise<string> | undefined;

/** The whole of standard input, UTF-8. Rejects, in words, beyond 32 MiB and for what is no text. */
export function standardInput(): Promise<string> {
  read ??= readAll(process.stdin);
  return read;
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error('it is larger than 32 MiB');
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}
