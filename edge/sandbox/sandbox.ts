import type { CallWatch } from './callWatch.ts'

/** What a title may use while it runs. Times in ms, memory in bytes. */
export interface SandboxLimits {
  readonly memoryBytes: number
  readonly maxProcesses: number
  /** Share of CPU time, 1 = one whole core; the quota's period is 10 ms where cgroups allow (see facts on pacing). */
  readonly cpuCores: number
  readonly tmpBytes: number
}

export interface SandboxSpec {
  readonly sessionId: string
  /** Seat index on this node: picks the unprivileged uid when the agent runs as root. */
  readonly seat: number
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where the command starts, inside the sandbox; the home if absent. */
  readonly workFolder?: string
  /** Read-only mounts: host path → path inside. System libraries and data (/usr …) are always there, read-only. */
  readonly readOnly: Readonly<Record<string, string>>
  /** Host folder that becomes the game's private writable home. */
  readonly homeDir: string
  readonly displaySocketFile: string
  readonly displayNumber: number
  readonly authFile: string
  readonly soundSocketFile: string | null
  /** Where the game speaks with the pages of its players; absent: nowhere. */
  readonly messagesSocketFile?: string
  readonly limits: SandboxLimits
  /** Extra file descriptors passed through, e.g. Chromium's remote-debugging pipe (3, 4). */
  readonly extraFds?: number
  /** Sees what the game asks of the kernel. */
  readonly watch?: CallWatch
  /** HTML5 titles run Chromium, whose own sandbox needs user namespaces inside ours. */
  readonly allowUserNamespaces?: boolean
}

export type GameExit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'outOfMemory' }

/** A running game: everything in it dies with `[Symbol.asyncDispose]`, or when this process dies. */
export interface RunningGame extends AsyncDisposable {
  readonly pid: number
  readonly exited: Promise<GameExit>
  /** Last lines the game wrote to stdout and stderr, oldest first (bounded). */
  log(): readonly string[]
  /** Stops every process of the game within ms; idempotent. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** CPU seconds used so far and bytes of memory in use, null where the host gives no accounting. */
  usage(): Promise<{ cpuSeconds: number; memoryBytes: number } | null>
  /** The passed-through pipes, when `extraFds` asked for them. */
  readonly pipes: readonly (NodeJS.ReadableStream | NodeJS.WritableStream)[]
}
