/** Bytes by their SHA-256 (64 hex digits). Whoever asks for a hash gets those very bytes or nothing. */
export interface BlobStore {
  /**
   * Keeps the bytes, durably once it resolves. What is there already counts as put now.
   * @throws NearcadeError message-too-large beyond `maxBytes`; wrong-content when the bytes have another hash; store-full when the disk
   *   is. Then nothing is kept.
   */
  put(
    sha256: string,
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    maxBytes: number,
  ): Promise<void>
  /** @param range of these bytes alone, both ends included and there; `size` is that of the whole blob all the same */
  get(sha256: string, range?: ByteRange): Promise<Blob | null>
  has(sha256: string): Promise<boolean>
  /** Nothing happens where there is none. */
  delete(sha256: string): Promise<void>
  /** Those that were last put before then. */
  putBefore(atMs: number): AsyncIterable<string>
  /** Of what it stands on. */
  room(): Promise<Room>
}

export interface Room {
  /** As far as this program may fill it; Infinity where nobody can say. */
  readonly freeBytes: number
  readonly totalBytes: number
  /** Files that can still be made. */
  readonly freeFiles: number
  /** 0: as many as there is room for. */
  readonly totalFiles: number
}

export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface Blob {
  readonly size: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/** @param maxBytes more than that is not read. @throws what reading it does, and Error for more */
export async function readBlob({ size, bytes }: Blob, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  if (size > maxBytes) throw new Error(`a blob of ${size} bytes where ${maxBytes} are allowed`)
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts)
}
