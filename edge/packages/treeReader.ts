import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type FileTree, openTree } from './fileTree.ts'
import { readTree, type TreeCheck } from './readTree.ts'
import type { TreeAnswer, TreeQuestion } from './treeThread.ts'

/** Reads trees without keeping the agent from what it does. */
export interface TreeReader extends AsyncDisposable {
  /**
   * @param text of a tree; it is empty afterwards
   * @param check null: it was checked when it came
   * @throws Error where it cannot be read
   */
  read(
    text: Uint8Array<ArrayBuffer>,
    treeId: string,
    check: TreeCheck | null,
  ): Promise<
    | { readonly tree: FileTree; readonly text: Uint8Array }
    /** What is wrong with it. */
    | { readonly tree: null; readonly fault: string }
  >
}

/** A text that takes about 3 ms: most builds have one of these, and need no thread. */
const shortBytes = 32 * 1024
/** 32 MiB of text are some 400 MiB of objects. */
const maxHeapMb = 1024
/** A thread without work goes. */
const idleMs = 10_000

/** Bundled, both lie side by side; under tsx this is a source file, which a thread of Node 20 reads only when told how. */
function openWorker(): Worker {
  const options = { execArgv: [], env: {}, resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./trees.mjs', import.meta.url), options)
  const tsx = createRequire(import.meta.url).resolve('tsx/cjs/api')
  const file = fileURLToPath(new URL('./treeThread.ts', import.meta.url))
  const code = `require(${JSON.stringify(tsx)}).register(); require(${JSON.stringify(file)})`
  return new Worker(code, { ...options, eval: true })
}

export function createTreeReader(): TreeReader {
  let worker: Worker | null = null
  let idle: NodeJS.Timeout | null = null
  /** One tree at a time: they are large. */
  let last: Promise<unknown> = Promise.resolve()

  async function end(): Promise<void> {
    const ended = worker
    worker = null
    if (idle !== null) clearTimeout(idle)
    await ended?.terminate()
  }

  function ask(question: TreeQuestion): Promise<TreeAnswer> {
    if (idle !== null) clearTimeout(idle)
    const asked = (worker ??= openWorker())
    return new Promise<TreeAnswer>((resolve, reject) => {
      const gone = (cause?: unknown): void => {
        if (worker === asked) worker = null
        reject(new Error('the thread that reads trees has ended', { cause }))
      }
      asked.once('error', gone).once('exit', gone)
      asked.once('message', (answer: TreeAnswer) => {
        asked.off('error', gone).off('exit', gone)
        idle = setTimeout(() => void end(), idleMs)
        idle.unref()
        resolve(answer)
      })
      asked.postMessage(question, [question.text.buffer])
    })
  }

  return {
    async read(text, treeId, check) {
      const isShort = text.byteLength <= shortBytes
      const own = isShort
        ? Promise.resolve({ text, read: readTree(text, treeId, check) })
        : last.then(() => ask({ text, treeId, check }))
      if (!isShort) last = own.catch(() => {})
      const { read, text: whole } = await own
      return read.ok ? { tree: openTree(read.flat), text: whole } : { tree: null, fault: read.fault }
    },
    async [Symbol.asyncDispose]() {
      await last
      await end()
    },
  }
}
