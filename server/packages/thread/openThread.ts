import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { NearcadeError } from '../../../config/errors.ts'
import type { NewUpload } from '../../../config/protocol/uploads.ts'
import { type ChunkList, createChunkList } from '../chunkList.ts'
import { chunksIn, partIn, readAsked } from '../contents.ts'
import type { FromThread, ReadContent, Result, Task, ToThread, TreePart } from './messages.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What an upload is of, and its chunks to be asked about. */
export interface Content extends Omit<ReadContent, 'chunks'> {
  readonly chunks: ChunkList
}

/** Of an archive that is being unpacked. */
export interface Unpacking {
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** A chunk of the archive. The bytes are the thread's from then on. */
  read(sha256: string): Promise<Bytes>
  onProgress(bytes: number): void
}

/**
 * One thread that reads, checks and unpacks what people upload, so that the router goes on with leases and signals meanwhile. Bytes that it is
 * given are its own from then on. It starts when it is first needed.
 */
export interface ContentThread {
  /** What somebody sent to begin an upload. @throws NearcadeError bad-request, package-refused */
  read(body: Bytes, maxBytes: number): Promise<Content>
  /** Of a text that was kept. */
  chunks(of: NewUpload['kind'], text: Bytes): Promise<ChunkList>
  /** Those files and links of a tree that was kept. */
  part(text: Bytes, paths: readonly string[]): Promise<TreePart>
  /**
   * Makes a tree of an archive. @param text of the archive, as it was kept
   * @throws NearcadeError package-refused; the signal's reason; what `read` threw
   */
  treeOf(text: Bytes, unpacking: Unpacking): Promise<Content>
  /**
   * Unpacks it again for the bytes of some chunks, each told once and waited for.
   * @param wanted hashes with commas between them
   * @throws as `treeOf`, and what `onChunk` threw
   */
  unpack(
    text: Bytes,
    wanted: string,
    onChunk: (sha256: string, bytes: Bytes) => Promise<void>,
    unpacking: Unpacking,
  ): Promise<void>
  close(): Promise<void>
}

/** Of 32 MiB of text some ten times as much comes to be. */
const maxHeapMb = 1024
/** Takes some ms here, less than the way there and back counts. */
const smallBytes = 64 * 1024

/** Bundled, both lie side by side; under tsx this is a source file, which a thread of Node 20 reads only when told how. */
function openWorker(): Worker {
  // Nothing of the router's surroundings is its business.
  const options = { execArgv: [], env: {}, resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./contentThread.mjs', import.meta.url), options)
  const tsx = createRequire(import.meta.url).resolve('tsx/cjs/api')
  const file = fileURLToPath(new URL('./contentThread.ts', import.meta.url))
  const code = `require(${JSON.stringify(tsx)}).register(); require(${JSON.stringify(file)})`
  return new Worker(code, { ...options, eval: true })
}

/** What is asked of it meanwhile, and where the answer goes. */
interface Asked {
  resolve(result: Result): void
  reject(cause: unknown): void
  readonly host: (Unpacking & { onChunk(sha256: string, bytes: Bytes): Promise<void> }) | null
  /** Of ours, which is why the thread failed then. */
  cause: unknown
}

export function createContentThread(): ContentThread {
  const asked = new Map<number, Asked>()
  let worker: Worker | null = null
  let ended: Promise<void> = Promise.resolve()
  let isClosed = false
  let lastId = 0

  function start(): Worker {
    const started = openWorker()
    let why: unknown = new Error('the thread that reads uploads ended')
    started.on('message', (message: FromThread) => hear(started, message))
    started.on('error', (cause) => {
      why = cause
    })
    ended = new Promise((resolve) => {
      started.once('exit', () => {
        if (worker === started) worker = null
        // Whoever asks next gets a new one.
        for (const one of asked.values()) one.reject(why)
        asked.clear()
        resolve()
      })
    })
    return started
  }

  function hear(from: Worker, message: FromThread): void {
    const one = asked.get(message.id)
    if (one === undefined) return
    const { id } = message
    const post = (answer: ToThread, ...moved: readonly Bytes[]): void =>
      from.postMessage(
        answer,
        moved.map(({ buffer }) => buffer),
      )
    const answer = (askId: number, work: Promise<Bytes | null> | undefined): void =>
      void work?.then(
        (bytes) =>
          post({ id, kind: 'answer', askId, bytes, failed: false }, ...(bytes === null ? [] : [bytes])),
        (cause: unknown) => {
          one.cause ??= cause
          post({ id, kind: 'answer', askId, bytes: null, failed: true })
        },
      )
    switch (message.kind) {
      case 'read':
        return answer(message.askId, one.host?.read(message.sha256).then(ownBytes))
      case 'found':
        return answer(
          message.askId,
          one.host?.onChunk(message.sha256, message.bytes).then(() => null),
        )
      case 'progress':
        return one.host?.onProgress(message.bytes)
      case 'done':
        asked.delete(id)
        return one.resolve(message.result)
      case 'failed': {
        asked.delete(id)
        const { error, why } = message
        const theirs = error === null ? new Error(why) : new NearcadeError(error.code, error.details)
        return one.reject(one.host?.signal.aborted === true ? one.host.signal.reason : (one.cause ?? theirs))
      }
    }
  }

  function ask(task: Task, moved: Bytes, host: Asked['host'] = null): Promise<Result> {
    if (isClosed) return Promise.reject(new Error('the thread that reads uploads is closed'))
    const id = ++lastId
    const to = (worker ??= start())
    const stop = (): void => to.postMessage({ id, kind: 'stop' } satisfies ToThread)
    host?.signal.addEventListener('abort', stop, { once: true })
    return new Promise<Result>((resolve, reject) => {
      asked.set(id, { resolve, reject, host, cause: undefined })
      to.postMessage({ id, kind: 'task', task } satisfies ToThread, [moved.buffer])
    }).finally(() => host?.signal.removeEventListener('abort', stop))
  }

  const asContent = (read: ReadContent): Content => ({ ...read, chunks: createChunkList(read.chunks) })
  const isSmall = ({ length }: Bytes): boolean => length <= smallBytes

  return {
    async read(body, maxBytes) {
      if (isSmall(body)) return asContent(readAsked(body, maxBytes))
      const own = ownBytes(body)
      return asContent((await ask({ kind: 'read', body: own, maxBytes }, own)) as ReadContent)
    },
    async chunks(of, text) {
      if (isSmall(text)) return createChunkList(chunksIn(of, text))
      const own = ownBytes(text)
      return createChunkList((await ask({ kind: 'chunks', of, text: own }, own)) as Bytes)
    },
    async part(text, paths) {
      if (isSmall(text)) return partIn(text, paths)
      const own = ownBytes(text)
      return (await ask({ kind: 'part', text: own, paths }, own)) as TreePart
    },
    async treeOf(text, unpacking) {
      const own = ownBytes(text)
      const host = { ...unpacking, onChunk: async () => {} }
      const { maxBytes } = unpacking
      return asContent(
        (await ask({ kind: 'unpack', text: own, maxBytes, wanted: null }, own, host)) as ReadContent,
      )
    },
    async unpack(text, wanted, onChunk, unpacking) {
      const own = ownBytes(text)
      const { maxBytes } = unpacking
      await ask({ kind: 'unpack', text: own, maxBytes, wanted }, own, { ...unpacking, onChunk })
    },
    async close() {
      isClosed = true
      await worker?.terminate()
      await ended
    },
  }
}

/** All of what it stands in, which can go elsewhere: small buffers share theirs. */
const ownBytes = (bytes: Bytes): Bytes =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
