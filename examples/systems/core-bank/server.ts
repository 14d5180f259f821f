// The core bank's way in: plain HTTP, its own words, its own errors. It knows nothing of the platform before it.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Ausweise, inhaberVon } from './ausweise.ts';
import { type Bank, Fehler, type Row } from './bank.ts';

type Body = Readonly<Record<string, unknown>>;

interface Anfrage {
  /** Segments of the path behind its prefix that are no names. */
  ids: string[];
  query: URLSearchParams;
  body: Body;
  vorgang: string;
}

type Route = [
  method: string,
  path: RegExp,
  answer: (bank: Bank, anfrage: Anfrage) => { status: number; body: unknown },
];

const prefix = '/kernbank/v7';
const mostBytes = 65_536;

const routes: readonly Route[] = [
  [
    'GET',
    /^\/konten$/,
    (bank, { query }) => {
      const anzahl = zahl(query.get('anzahl') ?? '25', 1, 100);
      const konten = bank.konten(query.get('inhaberReferenz') ?? '', anzahl + 1, query.get('ab') ?? '');
      return seite('konten', konten.map(konto), anzahl, (last) => last['kontonummer']);
    },
  ],
  [
    'POST',
    /^\/konten$/,
    (bank, { body, vorgang }) => {
      const produkt = wort(body, 'produkt');
      const neu = {
        inhaber: wort(body, 'inhaberReferenz'),
        produkt,
        bezeichnung: wort(body, 'bezeichnung', produkt === 'GIRO' ? 'Girokonto' : 'Tagesgeld'),
        waehrung: wort(body, 'waehrung'),
      };
      return { status: 201, body: konto(bank.eroeffne(neu, vorgang)) };
    },
  ],
  ['GET', /^\/konten\/([^/]+)$/, (bank, { ids: [id = ''] }) => ok(konto(bank.konto(id)))],
  [
    'GET',
    /^\/konten\/([^/]+)\/umsaetze$/,
    (bank, { ids: [id = ''], query }) => {
      const anzahl = zahl(query.get('anzahl') ?? '25', 1, 100);
      const wish = {
        anzahl: anzahl + 1,
        ab: zahl(query.get('ab') ?? '9007199254740991', 0, Number.MAX_SAFE_INTEGER),
        art: query.get('art') ?? '',
        von: query.get('vonTag') ?? '',
        bis: query.get('bisTag') ?? '',
      };
      return seite('umsaetze', bank.umsaetze(id, wish).map(umsatz), anzahl, (last) =>
        String(last['umsatzId']).slice(1),
      );
    },
  ],
  [
    'PUT',
    /^\/konten\/([^/]+)\/sperre$/,
    (bank, { ids: [id = ''], body }) => ok(konto(bank.sperre(id, wort(body, 'veranlasser')))),
  ],
  ['DELETE', /^\/konten\/([^/]+)\/sperre$/, (bank, { ids: [id = ''] }) => ok(konto(bank.entsperre(id)))],
  ['PUT', /^\/konten\/([^/]+)\/aufloesung$/, (bank, { ids: [id = ''] }) => ok(konto(bank.loeseAuf(id)))],
  [
    'POST',
    /^\/ueberweisungspruefungen$/,
    (bank, { body }) => {
      const betrag = cent(body);
      const waehrung = wort(body, 'waehrung');
      const { von, an, danach } = bank.pruefe({
        vonKonto: wort(body, 'vonKonto'),
        anIban: wort(body, 'anIban'),
        betrag,
        waehrung,
      });
      const name = wort(body, 'empfaengername', '');
      const isOwn = von['inhaber'] === an['inhaber'];
      return ok({
        namensabgleich: isOwn ? 'EIGENES_KONTO' : abgleich(name, String(an['name'])),
        ...(isOwn ? { empfaengername: an['name'] } : {}),
        entgelt: '0',
        gesamt: String(betrag),
        ankunft: new Date().toISOString(),
        danachVerfuegbar: String(danach),
        moeglich: danach >= 0 && von['status'] === 'AKTIV',
        waehrung,
      });
    },
  ],
  [
    'POST',
    /^\/ueberweisungen$/,
    (bank, { body }) => ({
      status: 201,
      body: ueberweisung(
        bank.ueberweise({
          auftragsreferenz: wort(body, 'auftragsreferenz'),
          kundenreferenz: wort(body, 'kundenreferenz', ''),
          vonKonto: wort(body, 'vonKonto'),
          anIban: wort(body, 'anIban'),
          betrag: cent(body),
          waehrung: wort(body, 'waehrung'),
          zweck: wort(body, 'verwendungszweck', ''),
        }),
      ),
    }),
  ],
  ['GET', /^\/ueberweisungen\/([^/]+)$/, (bank, { ids: [id = ''] }) => ok(ueberweisung(bank.ueberweisung(id)))],
  ['GET', /^\/auftragsreferenzen\/([^/]+)$/, (bank, { ids: [id = ''] }) => ok(ueberweisung(bank.zuReferenz(id)))],
  [
    'GET',
    /^\/karten$/,
    (bank, { query }) => ok({ karten: bank.karten(query.get('inhaberReferenz') ?? '').map(karte) }),
  ],
  [
    'PUT',
    /^\/karten\/([^/]+)\/status$/,
    (bank, { ids: [id = ''], body }) => ok(karte(bank.setzeKartenstatus(id, wort(body, 'status')))),
  ],
];

/** Serves `bank`. Callers show `eingang`: a text in the header Mandant-Schluessel, or a pass. */
export function serveBank(bank: Bank, eingang: string | Ausweise): Server {
  return createServer((request, response) => {
    void answer(bank, eingang, request).then(({ status, body }) => {
      const text = JSON.stringify(body);
      response
        .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        .end(text);
      return undefined;
    });
  });
}

async function answer(
  bank: Bank,
  eingang: string | Ausweise,
  request: IncomingMessage,
): Promise<{ status: number; body: unknown }> {
  try {
    const text = await read(request);
    const { method = '', headers, socket } = request;
    const url = new URL(request.url ?? '/', 'http://bank');
    if (typeof eingang !== 'string' && method === 'POST' && url.pathname === `${prefix}/token`) {
      const adresse = `http://127.0.0.1:${socket.localPort}${url.pathname}`;
      return await eingang.tausche(text, headers.authorization, adresse);
    }
    const body = parse(text);
    const path = url.pathname.slice(prefix.length);
    if (typeof eingang === 'string') {
      if (headers['mandant-schluessel'] !== eingang) throw new Fehler(401, 'EINGABE', 'Der Mandantenschlüssel fehlt.');
    } else {
      const ausweis = eingang.zeige(headers.authorization);
      const ref = url.searchParams.get('inhaberReferenz') ?? String(body['inhaberReferenz']);
      const inhaber = inhaberVon(bank, path.split('/').slice(1), { ref, vonKonto: body['vonKonto'] });
      eingang.pruefe(ausweis, { method, path, inhaber });
    }
    for (const [wanted, pattern, run] of routes) {
      const match = method === wanted && url.pathname.startsWith(prefix) ? pattern.exec(path) : null;
      if (match === null) continue;
      const vorgang = String(headers['vorgangs-id'] ?? '');
      return run(bank, { ids: match.slice(1).map(decodeURIComponent), query: url.searchParams, body, vorgang });
    }
    throw new Fehler(404, 'UNBEKANNT', 'Das gibt es hier nicht.');
  } catch (error) {
    if (error instanceof Fehler)
      return { status: error.status, body: { fehler: { code: error.code, text: error.message } } };
    return { status: 500, body: { fehler: { code: 'STOERUNG', text: String(error) } } };
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Fehler(422, 'EINGABE', 'Das ist zu lang.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): Body {
  if (text === '') return {};
  try {
    return JSON.parse(text) as Body;
  } catch {
    throw new Fehler(422, 'EINGABE', 'Das ist kein JSON.');
  }
}

function ok(body: unknown): { status: number; body: unknown } {
  return { status: 200, body };
}

/** One more than asked was read; it says whether there are more. */
function seite(
  name: string,
  all: Row[],
  anzahl: number,
  marke: (last: Row) => unknown,
): { status: number; body: unknown } {
  const shown = all.slice(0, anzahl);
  const last = shown.at(-1);
  return ok({ [name]: shown, ...(all.length > anzahl && last !== undefined ? { weiter: String(marke(last)) } : {}) });
}

function konto(row: Row): Row {
  const saldo = Number(row['saldo']);
  const dispo = Number(row['dispo']);
  return {
    kontonummer: row['kontonummer'] ?? '',
    iban: row['iban'] ?? '',
    inhaber: { referenz: row['inhaber'], name: row['name'] } as never,
    bezeichnung: row['bezeichnung'] ?? '',
    produkt: row['produkt'] ?? '',
    status: row['status'] ?? '',
    ...(row['gesperrtDurch'] === null ? {} : { gesperrtDurch: row['gesperrtDurch'] ?? '' }),
    saldoCent: String(saldo),
    vorgemerktCent: '0',
    verfuegbarCent: String(saldo + dispo),
    dispoCent: String(dispo),
    waehrung: row['waehrung'] ?? '',
    eroeffnetAm: row['eroeffnetAm'] ?? '',
    fassung: row['fassung'] ?? 0,
  };
}

function umsatz(row: Row): Row {
  return {
    umsatzId: `U${row['laufnummer'] ?? ''}`,
    kontonummer: row['konto'] ?? '',
    art: row['art'] ?? '',
    betragCent: String(row['betrag']),
    saldoDanachCent: String(row['danach']),
    gegenpartei: row['gegenpartei'] ?? '',
    verwendungszweck: row['zweck'] ?? '',
    waehrung: row['waehrung'] ?? '',
    gebuchtAm: row['gebuchtAm'] ?? '',
    wertstellung: String(row['gebuchtAm']).slice(0, 10),
  };
}

function ueberweisung(row: Row | undefined): Row {
  if (row === undefined) throw new Fehler(404, 'UNBEKANNT', 'Diese Überweisung gibt es nicht.');
  const { inhaber, betrag, zweck, ...rest } = row;
  return {
    ...rest,
    inhaber: { referenz: inhaber } as never,
    betragCent: String(betrag),
    entgeltCent: '0',
    verwendungszweck: zweck ?? '',
    status: 'GEBUCHT',
  };
}

function karte({ inhaber, ...row }: Row): Row {
  return { ...row, inhaber: { referenz: inhaber } as never };
}

function abgleich(name: string, wahr: string): string {
  if (name === '') return 'OHNE_NAME';
  return name.trim().toLowerCase() === wahr.toLowerCase() ? 'STIMMT' : 'STIMMT_NICHT';
}

function wort(body: Body, name: string, fallback?: string): string {
  const value = body[name] ?? fallback;
  if (typeof value !== 'string') throw new Fehler(422, 'EINGABE', `${name} fehlt.`);
  return value;
}

function cent(body: Body): number {
  return zahl(wort(body, 'betragCent'), 1, 100_000_000_000);
}

function zahl(text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d{1,16}$/.test(text) || number < least || number > most)
    throw new Fehler(422, 'EINGABE', `${text} geht nicht.`);
  return number;
}
