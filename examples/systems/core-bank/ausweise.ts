// The core bank's own authorization server: a token endpoint by RFC 8693. It believes who a trusted platform says a call is
// for, when the statement is signed with a key that platform publishes, and gives a pass of its own that holds a minute.

import { createPublicKey, randomBytes, verify, type webcrypto } from 'node:crypto';
import { type Bank, Fehler } from './bank.ts';

const lebtS = 60;
const jwt = 'urn:ietf:params:oauth:token-type:jwt';

/** For whom a call is, and through which software. */
export interface Ausweis {
  sub: string;
  act?: { sub: string };
}

interface Aussage extends Ausweis {
  iss: string;
  aud: string;
  exp: number;
  may_act?: { sub: string };
}

export class Ausweise {
  readonly #aussteller: string;
  readonly #kunde: string;
  readonly #ausgegeben = new Map<string, Ausweis & { bis: number }>();
  #schluessel = new Map<string, webcrypto.JsonWebKey>();

  /** `aussteller`: the platform that is believed; `kunde`: its client id and secret here, as `Authorization` says them. */
  constructor(aussteller: string, kunde: { id: string; geheimnis: string }) {
    this.#aussteller = aussteller;
    const paar = [kunde.id, kunde.geheimnis].map(encodeURIComponent).join(':');
    this.#kunde = `Basic ${Buffer.from(paar).toString('base64')}`;
  }

  /** Answers the token endpoint, which stands at `adresse`. */
  async tausche(form: string, kunde: string | undefined, adresse: string): Promise<{ status: number; body: unknown }> {
    if (kunde !== this.#kunde) return { status: 401, body: { error: 'invalid_client' } };
    const wunsch = Object.fromEntries(new URLSearchParams(form));
    if (wunsch['grant_type'] !== 'urn:ietf:params:oauth:grant-type:token-exchange')
      return { status: 400, body: { error: 'unsupported_grant_type' } };
    if (wunsch['audience'] !== 'kernbank') return { status: 400, body: { error: 'invalid_target' } };
    const wer = await this.#gelesen(wunsch['subject_token'], wunsch['subject_token_type'], adresse);
    const durch = await this.#gelesen(wunsch['actor_token'], wunsch['actor_token_type'], adresse);
    // Who may act is who does: a statement about an agent's call is worth nothing without the agent, or with another.
    const isWhole = (durch === undefined) === (wunsch['actor_token'] === undefined);
    if (wer === undefined || !isWhole || wer.may_act?.sub !== durch?.sub)
      return { status: 400, body: { error: 'invalid_request' } };
    const act = durch && { sub: durch.sub, ...(wer.act && { act: wer.act }) };
    for (const [alt, { bis }] of this.#ausgegeben) if (bis < Date.now()) this.#ausgegeben.delete(alt);
    const ausweis = randomBytes(24).toString('base64url');
    this.#ausgegeben.set(ausweis, { sub: wer.sub, ...(act && { act }), bis: Date.now() + lebtS * 1000 });
    const body = { access_token: ausweis, issued_token_type: jwt.replace('jwt', 'access_token'), token_type: 'Bearer' };
    return { status: 200, body: { ...body, expires_in: lebtS } };
  }

  /** The pass that a call shows. Throws without one that holds. */
  zeige(authorization = ''): Ausweis {
    const ausweis = this.#ausgegeben.get(authorization.replace(/^Bearer /, ''));
    if (ausweis === undefined || ausweis.bis < Date.now()) throw new Fehler(401, 'EINGABE', 'Der Ausweis gilt nicht.');
    return ausweis;
  }

  /** A customer has their own things only, and software closes none; the platform looks up, and changes nothing. */
  pruefe({ sub, act }: Ausweis, { method, path, inhaber }: { method: string; path: string; inhaber: unknown }): void {
    if (sub === this.#aussteller ? method !== 'GET' : inhaber !== undefined && inhaber !== sub)
      throw new Fehler(404, 'UNBEKANNT', 'Das gibt es hier nicht.');
    if (act !== undefined && path.endsWith('/aufloesung'))
      throw new Fehler(409, 'ZUSTAND', 'Das tut nur die Person selbst.');
  }

  async #gelesen(text = '', typ: string | undefined, adresse: string): Promise<Aussage | undefined> {
    const [kopf = '', inhalt = '', unterschrift = ''] = text.split('.');
    if (typ !== jwt || text === '') return undefined;
    const { alg, kid } = teil(kopf) as { alg?: string; kid?: string };
    const jwk = alg === 'ES256' && kid !== undefined ? await this.#schluesselMit(kid) : undefined;
    if (jwk === undefined) return undefined;
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
    const isGenuine = verify('sha256', Buffer.from(`${kopf}.${inhalt}`), key, Buffer.from(unterschrift, 'base64url'));
    const aussage = teil(inhalt) as Aussage;
    const isValid = aussage.iss === this.#aussteller && aussage.aud === adresse && aussage.exp * 1000 > Date.now();
    return isGenuine && isValid && typeof aussage.sub === 'string' ? aussage : undefined;
  }

  async #schluesselMit(kid: string): Promise<webcrypto.JsonWebKey | undefined> {
    if (!this.#schluessel.has(kid)) {
      const { keys } = (await (await fetch(`${this.#aussteller}/.well-known/jwks.json`)).json()) as {
        keys: (webcrypto.JsonWebKey & { kid: string })[];
      };
      this.#schluessel = new Map(keys.map((key) => [key.kid, key]));
    }
    return this.#schluessel.get(kid);
  }
}

function teil(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
}

/** Whose the things are that a call is about; undefined = nobody's. */
export function inhaberVon(bank: Bank, [art, id = '']: string[], about: { ref: string; vonKonto: unknown }): unknown {
  if (art === 'konten' && id !== '') return bank.konto(id)['inhaber'];
  if (art === 'karten' && id !== '') return bank.karte(id)['inhaber'];
  if (art === 'auftragsreferenzen') return bank.zuReferenz(id)?.['inhaber'];
  if (art === 'ueberweisungen' && id !== '') return bank.ueberweisung(id)?.['inhaber'];
  return typeof about.vonKonto === 'string' ? bank.konto(about.vonKonto)['inhaber'] : about.ref;
}
