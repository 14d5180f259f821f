// One HTTP exchange over kept connections, with the bytes as they came; and tokens as the embedded provider signs them.

import { createPrivateKey, type JsonWebKeyInput, type KeyObject, sign } from 'node:crypto';
import { Agent, request } from 'node:http';

export interface Asked {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export interface Question {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: unknown;
}

const answerWithinMs = 20_000;

/** Asks a server on this machine. Rejects when the connection breaks or no answer came within 20 s. */
export class Client {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });

  constructor(port: number) {
    this.#port = port;
  }

  ask({ method, path, headers, body }: Question): Promise<Asked> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          method,
          path,
          agent: this.#agent,
          timeout: answerWithinMs,
          headers: {
            ...headers,
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('close', () => {
            if (!response.complete) reject(new Error('the answer was cut'));
          });
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('no answer')));
      sent.on('error', reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export interface TokenIssue {
  /** Private key (ES256) with its `kid`. */
  key: JsonWebKeyInput['key'] & { kid?: string };
  issuer: string;
  audience: string;
}

/** Tokens that are kept. */
const mostKnown = 10_000;

/** Signs access tokens (RFC 9068) that live an hour. Kept by (subject, customer): signing is not what is measured. */
export class Tokens {
  readonly #issue: TokenIssue;
  readonly #key: KeyObject;
  readonly #known = new Map<string, string>();

  constructor(issue: TokenIssue) {
    this.#issue = issue;
    this.#key = createPrivateKey({ key: issue.key, format: 'jwk' });
  }

  of(claims: {
    subject: string;
    kind: 'service' | 'customer' | 'partner';
    customerId?: string;
    partnerId?: string;
  }): string {
    const name = `${claims.kind} ${claims.subject} ${claims.customerId ?? ''}`;
    const known = this.#known.get(name);
    if (known) return known;
    const nowS = Math.floor(Date.now() / 1000);
    const head = part({ alg: 'ES256', typ: 'at+jwt', kid: this.#issue.key.kid });
    const body = part({
      iss: this.#issue.issuer,
      aud: this.#issue.audience,
      sub: claims.subject,
      iat: nowS - 5,
      exp: nowS + 3600,
      scope: scopes,
      plinth_audience: claims.kind,
      ...(claims.customerId === undefined ? {} : { customer_id: claims.customerId }),
      ...(claims.partnerId === undefined ? {} : { partner_id: claims.partnerId }),
    });
    const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    const token = `${head}.${body}.${signature.toString('base64url')}`;
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(name, token);
    return token;
  }
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const scopes = ['accounts', 'payments', 'orders', 'loyalty', 'inventory', 'partners', 'workflows']
  .flatMap((name) => [`${name}.read`, `${name}.write`])
  .concat('payments.refund')
  .join(' ');
