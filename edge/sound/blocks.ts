/** Pure state: cuts a byte stream into whole blocks, whatever the sizes it comes in. */
export class Blocks {
  readonly #bytes: number
  #rest: Buffer = Buffer.alloc(0)

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  push(chunk: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const blocks: Buffer[] = []
    let at = 0
    for (; at + this.#bytes <= all.length; at += this.#bytes) blocks.push(all.subarray(at, at + this.#bytes))
    this.#rest = all.subarray(at)
    return blocks
  }
}
