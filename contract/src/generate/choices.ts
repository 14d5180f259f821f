// Draws that are written down. A test made from a list of whole numbers can be made again from that list, and a shorter
// or lower list makes a simpler test: values, requests and whole chains shrink by this one mechanism.

import { Draw, hashText } from './draw.ts';

const range = 4_294_967_296;
/** Draws of one test; later ones are all 0, which is the simplest choice. */
const mostDraws = 20_000;

interface Tape {
  /** undefined = draw by the seed. */
  given: readonly number[] | undefined;
  taken: number[];
}

/** A stream of draws over one shared tape. 0 chooses the first, the least, the shortest, and no to every chance. */
export class Choices extends Draw {
  readonly #place: number;
  readonly #tape: Tape;

  readonly #isEager: boolean;

  private constructor(place: number, tape: Tape, isEager = false) {
    super(place);
    this.#place = place;
    this.#tape = tape;
    this.#isEager = isEager;
  }

  /** Draws by the seed, written down. */
  static record(seed: number): Choices {
    return new Choices(seed >>> 0, { given: undefined, taken: [] });
  }

  /** Draws what stands in the list, then 0. */
  static replay(given: readonly number[]): Choices {
    return new Choices(0, { given, taken: [] });
  }

  /** What was drawn so far: whole numbers of 32 bits. */
  get taken(): readonly number[] {
    return this.#tape.taken;
  }

  /** The same stream, saying yes to every chance: whatever is optional is there. */
  eager(): Choices {
    return new Choices(this.#place, this.#tape, true);
  }

  override at(place: string | number): Choices {
    return new Choices(hashText(`${this.#place}/${place}`), this.#tape, this.#isEager);
  }

  override next(): number {
    const { given, taken } = this.#tape;
    if (taken.length >= mostDraws) return 0;
    const value = given === undefined ? Math.floor(super.next() * range) : (given[taken.length] ?? 0);
    taken.push(value);
    return value / range;
  }

  /** Turned round, so that 0 leaves out what is optional. */
  override chance(share: number): boolean {
    return this.#isEager || this.next() >= 1 - share;
  }
}
