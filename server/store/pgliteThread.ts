import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { PGlite, QueryOptions, Results } from '@electric-sql/pglite'

/** Plain CommonJS text, so that it runs the same from source and from a bundle. Dates stay texts, as drizzle wants them. */
const workerCode = `
const { parentPort, workerData } = require('node:worker_threads')
const { PGlite, types } = require(workerData.file)
const same = (value) => value
const texts = [types.TIMESTAMP, types.TIMESTAMPTZ, types.INTERVAL, types.DATE, 1231, 1115, 1185, 1187, 1182]
const parsers = Object.fromEntries(texts.map((type) => [type, same]))
PGlite.create(workerData.where, { loadDataDir: workerData.from }).then(
  (pglite) => {
    const tasks = {
      query: ({ text, params, rowMode }) => pglite.query(text, params, { rowMode, parsers }),
      script: ({ text }) => pglite.exec(text).then(() => null),
      copy: () => pglite.dumpDataDir('none'),
      close: () => pglite.close().then(() => null),
    }
    parentPort.on('message', ({ id, kind, ...task }) =>
      tasks[kind](task).then(
        (result) => parentPort.postMessage({ id, result: kind === 'copy' ? result : result && { ...result } }),
        ({ message, code, detail }) => parentPort.postMessage({ id, failure: { message, code, detail } }),
      ),
    )
    parentPort.postMessage({ id: 0 })
  },
  ({ message }) => parentPort.postMessage({ id: 0, failure: { message } }),
)
`

type Task =
  | {
      readonly kind: 'query'
      readonly text: string
      readonly params: readonly unknown[]
      readonly rowMode: QueryOptions['rowMode']
    }
  | { readonly kind: 'script'; readonly text: string }
  | { readonly kind: 'copy' }
  | { readonly kind: 'close' }

interface Answer {
  readonly id: number
  readonly result?: Results | Blob
  readonly failure?: { readonly message: string; readonly code?: string; readonly detail?: string }
}

/** PGlite in a thread of its own: while it works, which is most of the time under load, the router goes on. */
export interface PgliteThread {
  /** What drizzle uses of it. */
  readonly client: PGlite
  /** Several statements. */
  script(text: string): Promise<void>
  /** All of it, for `from` of another one. */
  copy(): Promise<Blob>
  close(): Promise<void>
}

/**
 * @param where a folder, or `memory://`
 * @param from what it begins as, when it is new
 * @throws when the database cannot be opened
 */
export async function openPgliteThread(where: string, from?: Blob): Promise<PgliteThread> {
  const file = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const worker = new Worker(workerCode, { eval: true, workerData: { file, where, from }, execArgv: [] })
  const waiting = new Map<number, { resolve(result: unknown): void; reject(cause: Error): void }>()
  let lastId = 0
  let gone: Error | null = null
  /** One connection: a query waits until no transaction is open. */
  let last: Promise<unknown> = Promise.resolve()

  const opened = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }))
  worker.on('message', ({ id, result, failure }: Answer) => {
    const asked = waiting.get(id)
    waiting.delete(id)
    if (failure === undefined) asked?.resolve(result)
    else
      asked?.reject(Object.assign(new Error(failure.message), { code: failure.code, detail: failure.detail }))
  })
  const end = (cause: Error): void => {
    gone ??= cause
    for (const { reject } of waiting.values()) reject(gone)
    waiting.clear()
  }
  worker.on('error', end)
  worker.on('exit', () => end(new Error('the database is closed')))

  function ask(task: Task): Promise<unknown> {
    if (gone !== null) return Promise.reject(gone)
    const id = ++lastId
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ...task })
    })
  }
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  const query = (
    text: string,
    params: readonly unknown[] = [],
    options: QueryOptions = {},
  ): Promise<unknown> => ask({ kind: 'query', text, params, rowMode: options.rowMode })
  async function transaction<T>(work: (inside: { query: typeof query }) => Promise<T>): Promise<T> {
    await query('begin')
    try {
      const result = await work({ query })
      await query('commit')
      return result
    } catch (cause) {
      await query('rollback')
      throw cause
    }
  }

  // Drizzle's driver calls these two and nothing else.
  const client: unknown = {
    query: (...args: Parameters<typeof query>) => inTurn(() => query(...args)),
    transaction: <T>(work: (inside: { query: typeof query }) => Promise<T>) =>
      inTurn(() => transaction(work)),
  }

  try {
    await opened
  } catch (cause) {
    await worker.terminate()
    throw cause
  }
  return {
    client: client as PGlite,
    script: (text) => inTurn(async () => void (await ask({ kind: 'script', text }))),
    copy: () => inTurn(async () => (await ask({ kind: 'copy' })) as Blob),
    async close() {
      try {
        await inTurn(() => ask({ kind: 'close' }))
      } finally {
        await worker.terminate()
      }
    },
  }
}
