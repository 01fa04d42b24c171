/** Cuts a byte stream into whole blocks in one buffer of its own: 100 blocks a second leave no garbage. */
export class BlockBuffer {
  readonly #blockBytes: number
  readonly #buffer: Buffer
  #filled = 0

  constructor(blockBytes: number, blocks = 32) {
    this.#blockBytes = blockBytes
    this.#buffer = Buffer.alloc(blockBytes * blocks)
  }

  /** Where the next bytes go; never empty. */
  get space(): Buffer {
    return this.#buffer.subarray(this.#filled)
  }

  /** `bytes` were written into `space`. Blocks are views that hold until the callback returns. */
  filled(bytes: number, onBlock: (block: Buffer) => void): void {
    this.#filled += bytes
    let at = 0
    for (; at + this.#blockBytes <= this.#filled; at += this.#blockBytes) {
      onBlock(this.#buffer.subarray(at, at + this.#blockBytes))
    }
    this.#buffer.copyWithin(0, at, this.#filled)
    this.#filled -= at
  }
}
