/** Bits of a zstd block (RFC 8878). All that it throws says that the archive is damaged. */

export const damaged = (what: string): Error => new Error(`zstd: ${what}`)

/** Of a positive number, from 0. */
export const highestBit = (value: number): number => 31 - Math.clz32(value)

/** Bytes that are read beyond the end of what is there are zeros: readers look at four at once. */
export const padBytes = 8

/** From the first byte on, lowest bits first (section 4.1.1). */
export class ForwardBits {
  readonly #bytes: Uint8Array
  readonly #endBit: number
  #bit: number
  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes
    this.#bit = from * 8
    this.#endBit = to * 8
  }
  /** @param count up to 16 */
  read(count: number): number {
    const at = this.#bit >> 3
    const [one = 0, two = 0, three = 0] = [this.#bytes[at], this.#bytes[at + 1], this.#bytes[at + 2]]
    const value = ((one | (two << 8) | (three << 16)) >>> (this.#bit & 7)) & ((1 << count) - 1)
    this.#bit += count
    if (this.#bit > this.#endBit) throw damaged('a table is longer than its block')
    return value
  }
  back(count: number): void {
    this.#bit -= count
  }
  /** Where the next whole byte begins. */
  get byte(): number {
    return (this.#bit + 7) >> 3
  }
}

/** From the last byte to the first: the highest bit that is set there ends the stream (section 4.1). */
export class BackwardBits {
  readonly bytes: Uint8Array
  readonly #startBit: number
  /** Of those that are still to be read; below zero when more was read than there is. */
  left: number
  constructor(bytes: Uint8Array, from: number, to: number) {
    const last = to > from ? (bytes[to - 1] ?? 0) : 0
    if (last === 0) throw damaged('a stream of bits has no end')
    this.bytes = bytes
    this.#startBit = from * 8
    this.left = (to - from - 1) * 8 + highestBit(last)
  }
  /** @param count up to 24. What is not there is zeros. */
  read(count: number): number {
    this.left -= count
    return this.at(this.left, count)
  }
  /** Without taking them. @param count up to 24 */
  peek(count: number): number {
    return this.at(this.left - count, count)
  }
  at(from: number, count: number): number {
    if (from < 0) return from + count <= 0 ? 0 : this.at(0, from + count) << -from
    const bit = this.#startBit + from
    const at = bit >> 3
    const { bytes } = this
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    return (word >>> (bit & 7)) & ((1 << count) - 1)
  }
}
