// Bytes that come in pieces of any size. Grows by doubling, so that a body sent byte by byte costs no more than it should.

export class ByteBuffer {
  #room = new Uint8Array(256);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Copies: the caller may use its bytes again. */
  add(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#room.length) {
      const room = new Uint8Array(Math.max(size, this.#room.length * 2));
      room.set(this.#room.subarray(0, this.#size));
      this.#room = room;
    }
    this.#room.set(bytes, this.#size);
    this.#size = size;
  }

  /** All bytes; the buffer is empty afterwards. */
  take(): Uint8Array {
    const bytes = this.#room.slice(0, this.#size);
    this.#size = 0;
    return bytes;
  }
}
