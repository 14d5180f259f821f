// Structured Field Values for HTTP (RFC 9651) as values. A JavaScript number is an Integer, a string a String; kinds that
// JavaScript does not tell apart have a class of their own.

/** At most three digits after the point and twelve before. */
export class Decimal {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class Token {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

/** Whole seconds since the epoch. */
export class DateItem {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
}

/** Text beyond ASCII. */
export class DisplayString {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

export type BareItem = number | Decimal | string | Token | Uint8Array | boolean | DateItem | DisplayString;
export type Parameters = ReadonlyMap<string, BareItem>;

export interface Item {
  readonly value: BareItem;
  readonly params: Parameters;
}

export interface InnerList {
  readonly items: readonly Item[];
  readonly params: Parameters;
}

export type Member = Item | InnerList;
export type List = readonly Member[];
export type Dictionary = ReadonlyMap<string, Member>;

/** Integers have at most fifteen digits. */
export const mostInteger = 999_999_999_999_999;
