import { fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FromSession, ToSession } from '../session/ipc.ts'

/** Bundled, both programs lie side by side; under tsx this is a source file among its folders. */
const defaultEntry = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../session/main.ts' : './session.mjs', import.meta.url),
)

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One child process that streams at most one session. */
export interface SessionProcess {
  readonly pid: number
  /** Drops the message where the process is gone already. */
  send(message: ToSession): void
  /** Settles once the process is gone and its output is read. Never rejects. */
  readonly exited: Promise<ProcessExit>
  kill(): void
}

export interface SessionProcessOptions {
  readonly entry?: string
  /** Its whole environment, to which the size of the thread pool is added. */
  readonly env: Readonly<Record<string, string>>
  onMessage(message: FromSession): void
  onLine(line: string): void
}

/** Encoder, converter and file access each block a thread of the pool for a while. */
const threadPoolSize = '16'

export function forkSession(options: SessionProcessOptions): SessionProcess {
  const entry = options.entry ?? defaultEntry
  const child = fork(entry, [], {
    execArgv: entry.endsWith('.ts')
      ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
      : ['--enable-source-maps'],
    env: { ...options.env, UV_THREADPOOL_SIZE: threadPoolSize },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A process group of its own: Ctrl-C at the terminal reaches the agent, which ends sessions in order.
    detached: true,
  })
  // child_process and the type of `message` know nothing of our unions; both ends are built from ipc.ts.
  child.on('message', (message) => options.onMessage(message as FromSession))
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', options.onLine)
  }
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => {
      options.onLine(String(error))
      if (child.pid === undefined) resolve({ code: null, signal: null })
    })
  })
  return {
    pid: child.pid ?? 0,
    send(message) {
      if (child.connected) child.send(message, () => {})
    },
    exited,
    kill: () => void child.kill('SIGKILL'),
  }
}
