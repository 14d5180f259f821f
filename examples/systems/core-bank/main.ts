// `npm run core-bank -- [--port 4100] [--file kernbank.sqlite] [--key demo] [--trusts http://localhost:4000]`: a core banking
// system of somebody else, as a process with books of its own. `--trusts`: a platform whose word on whom a call is for is
// believed; callers then show a pass of the bank in place of the key, which is the platform's secret for getting passes.
// Ends on SIGINT and SIGTERM.

import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Ausweise } from './ausweise.ts';
import { Bank } from './bank.ts';
import { serveBank } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4100' },
    file: { type: 'string', default: 'kernbank.sqlite' },
    key: { type: 'string', default: 'demo' },
    trusts: { type: 'string' },
  },
});
const bank = new Bank(values.file);
const { key, trusts } = values;
const server = serveBank(bank, trusts === undefined ? key : new Ausweise(trusts, { id: 'plinth', geheimnis: key }));
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
