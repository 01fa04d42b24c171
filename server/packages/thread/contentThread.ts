import { parentPort } from 'node:worker_threads'
import { NearcadeError } from '../../../config/errors.ts'
import { SourceFault } from '../archives/source.ts'
import { unpack } from '../archives/unpack.ts'
import { archiveIn, chunksIn, partIn, readAsked, treeContent } from '../contents.ts'
import type { FromThread, Result, Task, ToThread } from './messages.ts'

/** The thread's own end: reads and checks what uploads are of, and unpacks archives. What it reads comes from the router, and so do its orders. */

type Bytes = Uint8Array<ArrayBuffer>

interface Running {
  readonly stop: AbortController
  readonly asked: Map<number, { resolve(bytes: Bytes | null): void; reject(cause: Error): void }>
}

const running = new Map<number, Running>()
let lastAskId = 0
/** Between two tellings of how far it is. */
const progressBytes = 4 * 1024 * 1024

const tell = (message: FromThread, ...moved: readonly Bytes[]): void =>
  parentPort?.postMessage(
    message,
    moved.map(({ buffer }) => buffer),
  )

/** Asks the router and waits. */
function ask(id: number, question: (askId: number) => void): Promise<Bytes | null> {
  const askId = ++lastAskId
  return new Promise((resolve, reject) => {
    running.get(id)?.asked.set(askId, { resolve, reject })
    question(askId)
  })
}

async function unpackFor(id: number, task: Extract<Task, { kind: 'unpack' }>): Promise<Result> {
  const { name, size, chunks } = archiveIn(task.text)
  const wanted = task.wanted === null ? null : new Set(task.wanted.split(','))
  const signal = running.get(id)?.stop.signal
  let told = 0
  const read = async (sha256: string): Promise<Buffer> => {
    try {
      signal?.throwIfAborted()
      const bytes = await ask(id, (askId) => tell({ id, kind: 'read', askId, sha256 }))
      return Buffer.from(bytes?.buffer ?? new ArrayBuffer(0))
    } catch (cause) {
      throw new SourceFault('a chunk could not be read', { cause })
    }
  }
  const tree = await unpack(
    { name, size, chunks, read },
    task.maxBytes,
    async (sha256, chunk) => {
      signal?.throwIfAborted()
      if (wanted?.delete(sha256) !== true) return
      const bytes: Bytes = chunk.byteLength === chunk.buffer.byteLength ? chunk : new Uint8Array(chunk)
      await ask(id, (askId) => tell({ id, kind: 'found', askId, sha256, bytes }, bytes))
    },
    (bytes) => {
      if (bytes - told < progressBytes) return
      told = bytes
      tell({ id, kind: 'progress', bytes })
    },
  )
  return wanted === null ? treeContent(tree) : null
}

function work(id: number, task: Task): Result | Promise<Result> {
  switch (task.kind) {
    case 'read':
      return readAsked(task.body, task.maxBytes)
    case 'chunks':
      return chunksIn(task.of, task.text)
    case 'part':
      return partIn(task.text, task.paths)
    case 'unpack':
      return unpackFor(id, task)
  }
}

async function run(id: number, task: Task): Promise<void> {
  running.set(id, { stop: new AbortController(), asked: new Map() })
  try {
    const result = await work(id, task)
    const moved =
      result instanceof Uint8Array
        ? [result]
        : result !== null && 'text' in result
          ? [result.text, result.chunks]
          : []
    tell({ id, kind: 'done', result }, ...moved)
  } catch (cause) {
    const error = cause instanceof NearcadeError ? cause.toWire() : null
    tell({ id, kind: 'failed', error, why: cause instanceof Error ? cause.message : String(cause) })
  } finally {
    running.delete(id)
  }
}

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'task') return void run(message.id, message.task)
  const one = running.get(message.id)
  if (one === undefined) return
  if (message.kind === 'stop') {
    one.stop.abort()
    return
  }
  const waiting = one.asked.get(message.askId)
  one.asked.delete(message.askId)
  if (message.failed) waiting?.reject(new Error('the router could not'))
  else waiting?.resolve(message.bytes)
})
