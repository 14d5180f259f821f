// `node:http` that answers bytes it has from the beginning: what no server on it can be faster than. `bare.ts FILE PORT`;
// the file is what one answer of each method is made of.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [file = '', port = ''] = process.argv.slice(2);
const answers = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { status: number; body: string }>;

createServer((request, response) => {
  const { status, body } = answers[request.method ?? 'GET'] as { status: number; body: string };
  const answer = (): void => {
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
    response.end(body);
  };
  if (request.method === 'GET') return answer();
  request.resume().on('end', answer);
}).listen(Number(port), '127.0.0.1');
