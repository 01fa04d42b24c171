/** Between the page and `hashWorker.ts`, which reads files and hashes them in blocks. */
export interface HashRequest {
  readonly files: readonly File[]
  readonly blockBytes: number
}

export type HashAnswer =
  /** One more block; as often as there are blocks. */
  | { readonly kind: 'block'; readonly bytes: number }
  | {
      readonly kind: 'file'
      readonly index: number
      /** SHA-256 of each block, 64 hex digits. */
      readonly chunks: readonly string[]
      /** It begins as a program does: browsers do not tell a file's rights. */
      readonly executable: boolean
    }
  | { readonly kind: 'unreadable'; readonly index: number }
  | { readonly kind: 'done' }

export interface HashedFile {
  readonly chunks: readonly string[]
  readonly executable: boolean
}

/** A file that went away or changed its rights while it was read. */
export class Unreadable extends Error {
  readonly index: number
  constructor(index: number) {
    super(`file ${index} cannot be read`)
    this.name = 'Unreadable'
    this.index = index
  }
}

/**
 * @param onBytes called for each block read
 * @throws Unreadable, or the signal's reason
 */
export function hashFiles(
  worker: Worker,
  request: HashRequest,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<readonly HashedFile[]> {
  const hashed: HashedFile[] = []
  return new Promise<readonly HashedFile[]>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<HashAnswer>) => {
      switch (data.kind) {
        case 'block':
          onBytes(data.bytes)
          return
        case 'file':
          hashed[data.index] = { chunks: data.chunks, executable: data.executable }
          return
        case 'unreadable':
          reject(new Unreadable(data.index))
          return
        case 'done':
          resolve(hashed)
      }
    })
    worker.addEventListener('error', () => reject(new Error('the hash worker failed')))
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    worker.postMessage(request)
  }).finally(() => worker.terminate())
}

/** ELF, and scripts that name their interpreter. */
export const isProgram = (head: Uint8Array): boolean =>
  (head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46) ||
  (head[0] === 0x23 && head[1] === 0x21)

export const hexOf = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}
