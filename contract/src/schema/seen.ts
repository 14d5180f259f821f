// What was evaluated of one value: the annotations that `unevaluatedItems` and `unevaluatedProperties` read.

export class Seen {
  #names: Set<string> | undefined;
  #items: Set<number> | undefined;
  /** Items before this index. */
  #prefix = 0;
  #allItems = false;

  addName(name: string): void {
    (this.#names ??= new Set()).add(name);
  }

  addItem(index: number): void {
    (this.#items ??= new Set()).add(index);
  }

  addItems(before: number, all: boolean): void {
    if (before > this.#prefix) this.#prefix = before;
    this.#allItems ||= all;
  }

  hasName(name: string): boolean {
    return this.#names?.has(name) ?? false;
  }

  hasItem(index: number): boolean {
    return this.#allItems || index < this.#prefix || (this.#items?.has(index) ?? false);
  }

  absorb(other: Seen): void {
    for (const name of other.#names ?? []) this.addName(name);
    for (const index of other.#items ?? []) this.addItem(index);
    this.addItems(other.#prefix, other.#allItems);
  }
}
