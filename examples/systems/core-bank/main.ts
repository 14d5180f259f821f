// `npm run core-bank -- [--port 4100] [--file kernbank.sqlite] [--key demo]`: a core banking system of somebody else, as a
// process with books of its own. Ends on SIGINT and SIGTERM.

import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Bank } from './bank.ts';
import { serveBank } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4100' },
    file: { type: 'string', default: 'kernbank.sqlite' },
    key: { type: 'string', default: 'demo' },
  },
});
const bank = new Bank(values.file);
const server = serveBank(bank, values.key);
server.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`Kernbank: http://127.0.0.1:${port}/kernbank/v7 (books in ${values.file})\n`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => bank.close());
    server.closeAllConnections();
  });
}
