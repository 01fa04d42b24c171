/**
 * XXH64 with seed 0, of which zstd keeps the lower half (RFC 8878, section 3.1.1). In halves of 64 bits, and nothing is allocated: bigints take
 * some twenty times as long.
 */
export interface Xxh64 {
  update(bytes: Uint8Array): void
  /** The lower 32 bits. */
  lowDigest(): number
}

/** Its primes: the upper halves, and the lower ones. */
const [h1, h2, h3, h4, h5] = [0x9e3779b1, 0xc2b2ae3d, 0x165667b1, 0x85ebca77, 0x27d4eb2f] as const
const [l1, l2, l3, l4, l5] = [0x85ebca87, 0x27d4eb4f, 0x9e3779f9, 0xc2b2ae63, 0x165667c5] as const

/** A number of 64 bits that is worked on. */
class Accumulator {
  high = 0
  low = 0
  set(high: number, low: number): this {
    this.high = high | 0
    this.low = low | 0
    return this
  }
  add(high: number, low: number): void {
    const sum = (this.low >>> 0) + (low >>> 0)
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0
    this.low = sum | 0
  }
  multiply(high: number, low: number): void {
    const own = this.low
    this.high = (upperHalf(own, low) + Math.imul(this.high, low) + Math.imul(own, high)) | 0
    this.low = Math.imul(own, low)
  }
  /** @param by 1 to 31 */
  rotate(by: number): void {
    const { high, low } = this
    this.high = (high << by) | (low >>> (32 - by))
    this.low = (low << by) | (high >>> (32 - by))
  }
  xor(high: number, low: number): void {
    this.high ^= high
    this.low ^= low
  }
  /** With itself, moved to the right. @param by 1 to 32 */
  xorShifted(by: number): void {
    const { high, low } = this
    this.low = low ^ (by === 32 ? high : (low >>> by) | (high << (32 - by)))
    this.high = by === 32 ? high : high ^ (high >>> by)
  }
  round(high: number, low: number): void {
    mixed.set(high, low).multiply(h2, l2)
    this.add(mixed.high, mixed.low)
    this.rotate(31)
    this.multiply(h1, l1)
  }
}
const mixed = new Accumulator()

/** Of the product of two numbers of 32 bits. */
function upperHalf(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  const first = a1 * b0 + (Math.imul(a0, b0) >>> 16)
  const second = a0 * b1 + (first & 0xffff)
  return a1 * b1 + ((first / 0x10000) >>> 0) + ((second / 0x10000) >>> 0)
}

export function createXxh64(): Xxh64 {
  const one = new Accumulator().set(h1, l1)
  const two = new Accumulator().set(h2, l2)
  const three = new Accumulator()
  const four = new Accumulator().set(~h1, ~l1)
  one.add(h2, l2)
  four.add(0, 1)
  const held = new Uint8Array(32)
  const heldView = new DataView(held.buffer)
  let fill = 0
  let total = 0

  function stripe(view: DataView, at: number): void {
    one.round(view.getInt32(at + 4, true), view.getInt32(at, true))
    two.round(view.getInt32(at + 12, true), view.getInt32(at + 8, true))
    three.round(view.getInt32(at + 20, true), view.getInt32(at + 16, true))
    four.round(view.getInt32(at + 28, true), view.getInt32(at + 24, true))
  }

  function merged(): Accumulator {
    const sum = new Accumulator()
    if (total < 32) return sum.set(h5, l5)
    const turned = new Accumulator()
    for (const [lane, by] of [
      [one, 1],
      [two, 7],
      [three, 12],
      [four, 18],
    ] as const) {
      turned.set(lane.high, lane.low).rotate(by)
      sum.add(turned.high, turned.low)
    }
    for (const lane of [one, two, three, four]) {
      turned.set(0, 0).round(lane.high, lane.low)
      sum.xor(turned.high, turned.low)
      sum.multiply(h1, l1)
      sum.add(h4, l4)
    }
    return sum
  }

  return {
    update(bytes) {
      total += bytes.length
      let at = 0
      if (fill > 0) {
        at = Math.min(32 - fill, bytes.length)
        held.set(bytes.subarray(0, at), fill)
        fill += at
        if (fill < 32) return
        stripe(heldView, 0)
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      for (; at + 32 <= bytes.length; at += 32) stripe(view, at)
      held.set(bytes.subarray(at))
      fill = bytes.length - at
    },
    lowDigest() {
      const sum = merged()
      sum.add(Math.floor(total / 2 ** 32), total | 0)
      const part = new Accumulator()
      let at = 0
      for (; at + 8 <= fill; at += 8) {
        part.set(0, 0).round(heldView.getInt32(at + 4, true), heldView.getInt32(at, true))
        sum.xor(part.high, part.low)
        sum.rotate(27)
        sum.multiply(h1, l1)
        sum.add(h4, l4)
      }
      if (at + 4 <= fill) {
        part.set(0, heldView.getInt32(at, true)).multiply(h1, l1)
        sum.xor(part.high, part.low)
        sum.rotate(23)
        sum.multiply(h2, l2)
        sum.add(h3, l3)
        at += 4
      }
      for (; at < fill; at += 1) {
        part.set(0, held[at] ?? 0).multiply(h5, l5)
        sum.xor(part.high, part.low)
        sum.rotate(11)
        sum.multiply(h1, l1)
      }
      // By 33, 29 and 32 bits.
      sum.low ^= sum.high >>> 1
      sum.multiply(h2, l2)
      sum.xorShifted(29)
      sum.multiply(h3, l3)
      sum.xorShifted(32)
      return sum.low >>> 0
    },
  }
}
