import { Readable } from 'node:stream'
import { RandomAccessReader } from 'yauzl'
import { chunkBytesAt, packageChunkBytes } from '../../../config/protocol/package.ts'

/** An archive as it was uploaded: in chunks. */
export interface ArchiveSource {
  readonly name: string
  readonly size: number
  readonly chunks: readonly string[]
  /** @throws SourceFault */
  readonly read: (sha256: string) => Promise<Buffer>
}

/** The archive could not be read, which says nothing about it. */
export class SourceFault extends Error {}

/** @throws SourceFault */
async function chunkAt({ size, chunks, read }: ArchiveSource, index: number): Promise<Buffer> {
  const sha256 = chunks[index]
  const bytes = sha256 === undefined ? null : await read(sha256)
  if (bytes?.length !== chunkBytesAt(size, index)) throw new SourceFault(`chunk ${index} is not as it was`)
  return bytes
}

/** @param from, to bytes, the end not included */
export async function* bytesOf(
  source: ArchiveSource,
  from = 0,
  to = source.size,
  chunk: (index: number) => Promise<Buffer> = (index) => chunkAt(source, index),
): AsyncGenerator<Buffer> {
  for (let at = from; at < to; ) {
    const index = Math.floor(at / packageChunkBytes)
    const start = at - index * packageChunkBytes
    const bytes = (await chunk(index)).subarray(start, start + to - at)
    yield bytes
    at += bytes.length
  }
}

/** Headers lie beside what was just read. */
const kept = 4

/** For a zip, whose table of contents is at its end. */
export class ArchiveReader extends RandomAccessReader {
  readonly #source: ArchiveSource
  readonly #chunks = new Map<number, Promise<Buffer>>()

  constructor(source: ArchiveSource) {
    super()
    this.#source = source
  }

  #chunk(index: number): Promise<Buffer> {
    const known = this.#chunks.get(index) ?? chunkAt(this.#source, index)
    this.#chunks.delete(index)
    this.#chunks.set(index, known)
    const [oldest] = this.#chunks.keys()
    if (this.#chunks.size > kept && oldest !== undefined) this.#chunks.delete(oldest)
    return known
  }

  /** Its own is a stream for each header. */
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (cause: Error | null) => void,
  ): void {
    const fill = async (): Promise<void> => {
      let at = offset
      for await (const part of this.#range(position, position + length)) at += part.copy(buffer, at)
    }
    fill().then(
      () => callback(null),
      (cause: unknown) => callback(cause instanceof Error ? cause : new Error(String(cause))),
    )
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#range(start, end), { objectMode: false })
  }

  async *#range(start: number, end: number): AsyncGenerator<Buffer> {
    if (start < 0 || end > this.#source.size)
      throw new Error('the table of contents points to what is not there')
    yield* bytesOf(this.#source, start, end, (index) => this.#chunk(index))
  }
}
