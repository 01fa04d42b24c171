import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Fault } from '../fault.ts'
import { type HashAnswer, type HashTask, hashTasks } from './hashing.ts'

interface Hashable {
  /** Absolute. */
  readonly file: string
  readonly size: number
  readonly mtimeNs: bigint
}

export interface HashOptions {
  readonly blockBytes: number
  /** Threads; no more than there is work for. */
  readonly threads: number
  onBytes(bytes: number): void
  readonly signal?: AbortSignal | undefined
}

/** Bundled, both lie side by side; under tsx this is a source file, which a thread of Node 20 reads only when told how. */
function openWorker(): Worker {
  const options = {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
  }
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./hashWorker.mjs', import.meta.url), options)
  const tsx = createRequire(import.meta.url).resolve('tsx/cjs/api')
  const file = fileURLToPath(new URL('./hashWorker.ts', import.meta.url))
  const code = `require(${JSON.stringify(tsx)}).register(); require(${JSON.stringify(file)})`
  return new Worker(code, { ...options, eval: true })
}

const changed = (file: string): Fault =>
  new Fault('refused', {
    code: 'build-changed',
    what: 'A file changed while it was read.',
    next: 'Let nothing write to the build, then push again: what has come already is not sent again.',
    details: [file],
  })

/** The hashes of each file's blocks, in order. @throws Fault build-changed, unreadable; the signal's reason */
export async function hashFiles(files: readonly Hashable[], options: HashOptions): Promise<string[][]> {
  const { blockBytes, signal, onBytes } = options
  const hashes: string[][] = files.map(() => [])
  const tasks = hashTasks(files, blockBytes)

  function settle(task: HashTask, answer: HashAnswer): void {
    if (answer.kind === 'changed') throw changed(answer.file)
    if (answer.kind === 'unreadable')
      throw new Fault('refused', {
        code: 'unreadable',
        what: 'A file cannot be read.',
        next: 'Look at its rights, or name it in .nearcadeignore.',
        details: [`${answer.file}: ${answer.why}`],
      })
    for (const [index, { fileIndex, fromBlock, blocks, size }] of task.parts.entries()) {
      const own = hashes[fileIndex]
      for (const [at, hash] of (answer.hashes[index] ?? []).entries())
        if (own !== undefined) own[fromBlock + at] = hash
      onBytes(Math.min((fromBlock + blocks) * blockBytes, size) - fromBlock * blockBytes)
    }
  }

  async function lane(): Promise<void> {
    let worker: Worker | null = null
    try {
      for (const task of tasks) {
        signal?.throwIfAborted()
        worker ??= openWorker()
        settle(task, await answerOf(worker, task, signal))
      }
    } finally {
      await worker?.terminate()
    }
  }
  // The first that fails ends the iteration for all of them.
  const lanes = Array.from({ length: options.threads }, lane)
  try {
    await Promise.all(lanes)
  } finally {
    tasks.return(undefined)
    await Promise.allSettled(lanes)
  }
  return hashes
}

function answerOf(worker: Worker, task: HashTask, signal: AbortSignal | undefined): Promise<HashAnswer> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal?.reason as Error)
    // Each for itself: `removeAllListeners` takes those of Node too, and the worker is not heard again.
    const end = (): void => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      signal?.removeEventListener('abort', onAbort)
    }
    const onMessage = (answer: HashAnswer): void => {
      end()
      resolve(answer)
    }
    const onError = (cause: unknown): void => {
      end()
      reject(cause instanceof Error ? cause : new Error(String(cause)))
    }
    worker.on('message', onMessage)
    worker.on('error', onError)
    signal?.addEventListener('abort', onAbort, { once: true })
    worker.postMessage(task)
  })
}
