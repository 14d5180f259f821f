// The core bank's books: accounts, bookings, transfers, cards, in one SQLite file. Amounts are whole cents; a transfer is
// one transaction, and an order reference is carried out at most once.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

export type Row = Record<string, string | number | null>;

/** A refusal with the code that callers see. */
export class Fehler extends Error {
  override readonly name = 'Fehler';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, text: string) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

const tables = `
  pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
  create table if not exists inhaber (referenz text primary key, name text not null);
  create table if not exists konto (
    kontonummer text primary key, iban text not null unique, inhaber text not null references inhaber,
    produkt text not null, bezeichnung text not null, status text not null, gesperrtDurch text,
    saldo integer not null, dispo integer not null, waehrung text not null, eroeffnetAm text not null,
    fassung integer not null default 1, check (saldo >= -dispo));
  create table if not exists umsatz (
    laufnummer integer primary key autoincrement, konto text not null references konto, art text not null,
    betrag integer not null, danach integer not null, gegenpartei text not null, zweck text not null,
    gebuchtAm text not null);
  create table if not exists ueberweisung (
    nummer text primary key, auftragsreferenz text not null unique, kundenreferenz text not null,
    vonKonto text not null references konto, anIban text not null, empfaengername text not null,
    betrag integer not null, waehrung text not null, zweck text not null, gebuchtAm text not null);
  create table if not exists karte (
    kartenId text primary key, inhaber text not null references inhaber, bezeichnung text not null,
    endziffern text not null, status text not null);
  create table if not exists vorgang (id text primary key, kontonummer text not null references konto);
`;

interface Bestand {
  inhaber: { referenz: string; name: string }[];
  konten: {
    kontonummer: string;
    inhaber: string;
    produkt: string;
    bezeichnung: string;
    saldoCent: number;
    dispoCent: number;
  }[];
  karten: { kartenId: string; inhaber: string; bezeichnung: string; endziffern: string }[];
}

export class Bank {
  readonly #db: DatabaseSync;

  /** Opens or makes the file; an empty one is filled from `bestand.json`. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(tables);
    if (this.#one('select count(*) as n from inhaber')?.['n'] === 0) this.#einspielen();
  }

  close(): void {
    this.#db.close();
  }

  konten(inhaber: string, anzahl: number, ab: string): Row[] {
    return this.#all(
      `select konto.*, name from konto join inhaber on referenz = inhaber
       where inhaber = ? and kontonummer > ? order by kontonummer limit ?`,
      inhaber,
      ab,
      anzahl,
    );
  }

  konto(kontonummer: string): Row {
    const row = this.#one(
      'select konto.*, name from konto join inhaber on referenz = inhaber where kontonummer = ?',
      kontonummer,
    );
    if (row === undefined) throw new Fehler(404, 'UNBEKANNT', 'Dieses Konto gibt es nicht.');
    return row;
  }

  /** The same `vorgang` is the same account. */
  eroeffne(konto: { inhaber: string; produkt: string; bezeichnung: string; waehrung: string }, vorgang: string): Row {
    return this.#transaction(() => {
      const before = this.#one('select kontonummer from vorgang where id = ?', vorgang);
      if (before !== undefined) return this.konto(String(before['kontonummer']));
      if (this.#one('select 1 from inhaber where referenz = ?', konto.inhaber) === undefined)
        throw new Fehler(422, 'EINGABE', 'Diesen Inhaber gibt es nicht.');
      const { n } = this.#one(
        `select count(*) as n from konto where inhaber = ? and status <> 'AUFGELOEST'`,
        konto.inhaber,
      ) as { n: number };
      if (n >= 10) throw new Fehler(409, 'ZU_VIELE', 'Mehr als zehn Konten gibt es nicht.');
      const { next } = this.#one('select max(cast(kontonummer as integer)) + 1 as next from konto') as { next: number };
      this.#legeAn(String(next), { ...konto, saldoCent: 0, dispoCent: 0 });
      this.#run('insert into vorgang values (?, ?)', vorgang, String(next));
      return this.konto(String(next));
    });
  }

  umsaetze(kontonummer: string, wish: { anzahl: number; ab: number; art: string; von: string; bis: string }): Row[] {
    this.konto(kontonummer);
    const { anzahl, ab, art, von, bis } = wish;
    return this.#all(
      `select umsatz.*, waehrung from umsatz join konto on konto = kontonummer
       where konto = ? and laufnummer < ? and (? = '' or art = ?) and substr(gebuchtAm, 1, 10) between ? and ?
       order by laufnummer desc limit ?`,
      kontonummer,
      ab,
      art,
      art,
      von || '0000',
      bis || '9999',
      anzahl,
    );
  }

  /** Blocking what is blocked changes nothing. */
  sperre(kontonummer: string, veranlasser: string): Row {
    const konto = this.#offen(kontonummer);
    if (konto['status'] === 'AKTIV') this.#aendere(kontonummer, 'GESPERRT', veranlasser);
    return this.konto(kontonummer);
  }

  entsperre(kontonummer: string): Row {
    const konto = this.#offen(kontonummer);
    if (konto['gesperrtDurch'] === 'BANK')
      throw new Fehler(409, 'SPERRE_DER_BANK', 'Diese Sperre hebt nur die Bank auf.');
    if (konto['status'] === 'GESPERRT') this.#aendere(kontonummer, 'AKTIV', null);
    return this.konto(kontonummer);
  }

  loeseAuf(kontonummer: string): Row {
    const konto = this.konto(kontonummer);
    if (konto['saldo'] !== 0) throw new Fehler(409, 'NICHT_LEER', 'Auf dem Konto ist noch Geld.');
    if (konto['status'] !== 'AUFGELOEST') this.#aendere(kontonummer, 'AUFGELOEST', null);
    return this.konto(kontonummer);
  }

  /** What a transfer would do; throws what it would throw. */
  pruefe(auftrag: { vonKonto: string; anIban: string; betrag: number; waehrung: string }): {
    von: Row;
    an: Row;
    danach: number;
  } {
    const von = this.#offen(auftrag.vonKonto);
    const an = this.#one(
      'select konto.*, name from konto join inhaber on referenz = inhaber where iban = ?',
      auftrag.anIban.replaceAll(' ', '').toUpperCase(),
    );
    if (an === undefined || an['status'] === 'AUFGELOEST')
      throw new Fehler(422, 'ZIEL_UNBEKANNT', 'Dieses Zielkonto gibt es nicht.');
    if (an['kontonummer'] === von['kontonummer']) throw new Fehler(422, 'GLEICHES_KONTO', 'Das ist dasselbe Konto.');
    if (an['waehrung'] !== auftrag.waehrung || von['waehrung'] !== auftrag.waehrung)
      throw new Fehler(422, 'WAEHRUNG', 'Die Währungen sind verschieden.');
    return { von, an, danach: Number(von['saldo']) + Number(von['dispo']) - auftrag.betrag };
  }

  /** Carries an order out once, whoever asks how often. */
  ueberweise(auftrag: {
    auftragsreferenz: string;
    kundenreferenz: string;
    vonKonto: string;
    anIban: string;
    betrag: number;
    waehrung: string;
    zweck: string;
  }): Row {
    return this.#transaction(() => {
      const before = this.zuReferenz(auftrag.auftragsreferenz);
      if (before !== undefined) return before;
      const { von, an, danach } = this.pruefe(auftrag);
      if (von['status'] === 'GESPERRT') throw new Fehler(409, 'KONTO_GESPERRT', 'Das Konto ist gesperrt.');
      if (danach < 0) throw new Fehler(409, 'DECKUNG', 'Das Konto ist nicht gedeckt.');
      const gebuchtAm = new Date().toISOString();
      const { betrag, zweck } = auftrag;
      this.#buche(von, { art: 'UEBERWEISUNG', betrag: -betrag, gegenpartei: String(an['name']), zweck, gebuchtAm });
      this.#buche(an, { art: 'UEBERWEISUNG', betrag, gegenpartei: String(von['name']), zweck, gebuchtAm });
      this.#run(
        'insert into ueberweisung values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        `UE-${randomUUID()}`,
        auftrag.auftragsreferenz,
        auftrag.kundenreferenz || auftrag.auftragsreferenz,
        auftrag.vonKonto,
        String(an['iban']),
        String(an['name']),
        betrag,
        auftrag.waehrung,
        zweck,
        gebuchtAm,
      );
      return this.zuReferenz(auftrag.auftragsreferenz) as Row;
    });
  }

  zuReferenz(referenz: string): Row | undefined {
    return this.#one(
      'select ueberweisung.*, inhaber from ueberweisung join konto on kontonummer = vonKonto where auftragsreferenz = ?',
      referenz,
    );
  }

  ueberweisung(nummer: string): Row | undefined {
    return this.#one(
      'select ueberweisung.*, inhaber from ueberweisung join konto on kontonummer = vonKonto where nummer = ?',
      nummer,
    );
  }

  karten(inhaber: string): Row[] {
    return this.#all('select * from karte where inhaber = ? order by kartenId', inhaber);
  }

  karte(kartenId: string): Row {
    const karte = this.#one('select * from karte where kartenId = ?', kartenId);
    if (karte === undefined) throw new Fehler(404, 'UNBEKANNT', 'Diese Karte gibt es nicht.');
    return karte;
  }

  setzeKartenstatus(kartenId: string, status: string): Row {
    const karte = this.karte(kartenId);
    if (karte['status'] === 'VERLOREN') throw new Fehler(409, 'ZUSTAND', 'Eine verlorene Karte bleibt gesperrt.');
    this.#run('update karte set status = ? where kartenId = ?', status, kartenId);
    return { ...karte, status };
  }

  #offen(kontonummer: string): Row {
    const konto = this.konto(kontonummer);
    if (konto['status'] === 'AUFGELOEST') throw new Fehler(409, 'KONTO_AUFGELOEST', 'Das Konto ist aufgelöst.');
    return konto;
  }

  #aendere(kontonummer: string, status: string, durch: string | null): void {
    this.#run(
      'update konto set status = ?, gesperrtDurch = ?, fassung = fassung + 1 where kontonummer = ?',
      status,
      durch,
      kontonummer,
    );
  }

  #buche(
    konto: Row,
    umsatz: { art: string; betrag: number; gegenpartei: string; zweck: string; gebuchtAm: string },
  ): void {
    const { art, betrag, gegenpartei, zweck, gebuchtAm } = umsatz;
    this.#run(
      'update konto set saldo = saldo + ?, fassung = fassung + 1 where kontonummer = ?',
      betrag,
      konto['kontonummer'] ?? '',
    );
    const { saldo } = this.konto(String(konto['kontonummer']));
    this.#run(
      'insert into umsatz (konto, art, betrag, danach, gegenpartei, zweck, gebuchtAm) values (?, ?, ?, ?, ?, ?, ?)',
      konto['kontonummer'] ?? '',
      art,
      betrag,
      saldo ?? 0,
      gegenpartei,
      zweck,
      gebuchtAm,
    );
  }

  #legeAn(kontonummer: string, konto: Omit<Bestand['konten'][number], 'kontonummer'> & { waehrung?: string }): void {
    const { inhaber, produkt, bezeichnung, saldoCent, dispoCent, waehrung = 'EUR' } = konto;
    const now = new Date().toISOString();
    this.#run(
      `insert into konto values (?, ?, ?, ?, ?, 'AKTIV', null, 0, ?, ?, ?, 1)`,
      kontonummer,
      `DE00KERN${kontonummer.padStart(10, '0')}`,
      inhaber,
      produkt,
      bezeichnung,
      dispoCent,
      waehrung,
      now,
    );
    if (saldoCent === 0) return;
    this.#buche(
      { kontonummer },
      { art: 'EINZAHLUNG', betrag: saldoCent, gegenpartei: 'Übernahme', zweck: 'Anfangsbestand', gebuchtAm: now },
    );
  }

  #einspielen(): void {
    const bestand = JSON.parse(readFileSync(new URL('bestand.json', import.meta.url), 'utf8')) as Bestand;
    this.#transaction(() => {
      for (const { referenz, name } of bestand.inhaber) this.#run('insert into inhaber values (?, ?)', referenz, name);
      for (const { kontonummer, ...konto } of bestand.konten) this.#legeAn(kontonummer, konto);
      for (const { kartenId, inhaber, bezeichnung, endziffern } of bestand.karten)
        this.#run(`insert into karte values (?, ?, ?, ?, 'AKTIV')`, kartenId, inhaber, bezeichnung, endziffern);
    });
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('begin immediate');
    try {
      const result = work();
      this.#db.exec('commit');
      return result;
    } catch (error) {
      this.#db.exec('rollback');
      throw error;
    }
  }

  #one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#db.prepare(sql).get(...values) as Row | undefined;
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#db.prepare(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#db.prepare(sql).run(...values);
  }
}
