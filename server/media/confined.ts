import { spawn } from 'node:child_process'
import path from 'node:path'

/** What one run of a program may take. */
export interface RunLimits {
  /** Of its address space, bytes. */
  readonly memoryBytes: number
  /** Of the processor, all its threads together. */
  readonly cpuSeconds: number
  readonly wallMs: number
  /** Of each file that it writes. */
  readonly fileBytes: number
}

export interface Ran {
  /** Null: it was killed by a signal, its own or one of ours. */
  readonly code: number | null
  readonly isLate: boolean
  /** The end of what it said. */
  readonly said: string
}

/** Runs a program on files that strangers have made. */
export type RunConfined = (
  program: string,
  args: readonly string[],
  options: { readonly folder: string; readonly limits: RunLimits; readonly signal: AbortSignal },
) => Promise<Ran>

const maxSaidBytes = 64 * 1024
/** Nothing of ours is in it: no key, no address. */
const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', MALLOC_ARENA_MAX: '2' }

/**
 * The shell sets the limits that last for the program alone, for `setrlimit` is nothing that Node knows: POSIX `ulimit`, -v in KiB and -f in
 * blocks of 512 bytes. Then the program takes the shell's place.
 */
const script =
  'ulimit -c 0 && ulimit -v "$1" && ulimit -t "$2" && ulimit -f "$3" && shift 3 && exec nice -n 15 "$@"'

/**
 * In a process group of its own, niced, under limits, killed when its time is over or `signal` fires; it can read and write `folder` alone
 * where bubblewrap works, and has no network there.
 * @throws the signal's reason
 */
export const runConfined =
  (cage: 'bubblewrap' | 'none'): RunConfined =>
  (program, args, { folder, limits, signal }) => {
    signal.throwIfAborted()
    const inside = cage === 'none' ? [] : bubblewrap(program, folder)
    const { memoryBytes, cpuSeconds, fileBytes, wallMs } = limits
    const numbers = [memoryBytes / 1024, cpuSeconds, fileBytes / 512].map((one) => `${Math.ceil(one)}`)
    const child = spawn('/bin/sh', ['-c', script, 'sh', ...numbers, ...inside, program, ...args], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return new Promise((resolve, reject) => {
      let said = Buffer.alloc(0)
      let isLate = false
      const kill = (): void => {
        if (child.pid === undefined) return
        try {
          process.kill(-child.pid, 'SIGKILL')
        } catch {
          // It has ended by itself.
        }
      }
      const limit = setTimeout(() => {
        isLate = true
        kill()
      }, wallMs)
      signal.addEventListener('abort', kill)
      const end = (): void => {
        clearTimeout(limit)
        signal.removeEventListener('abort', kill)
      }
      child.stderr.on('data', (bytes: Buffer) => {
        said = Buffer.concat([said, bytes]).subarray(-maxSaidBytes)
      })
      child.once('error', (cause) => {
        end()
        reject(cause)
      })
      child.once('close', (code) => {
        end()
        if (signal.aborted) reject(signal.reason as Error)
        else resolve({ code, isLate, said: said.toString('utf8') })
      })
    })
  }

/** Programs and their libraries are there, nothing else of the machine: no keys, no other files, no network. */
function bubblewrap(program: string, folder: string): readonly string[] {
  const own = program.includes('/') ? ['--ro-bind', path.dirname(program), path.dirname(program)] : []
  const system = ['/usr', '/bin', '/lib', '/lib64', '/etc/alternatives', '/etc/ld.so.cache']
  return [
    'bwrap',
    ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...system.flatMap((at) => ['--ro-bind-try', at, at]),
    ...own,
    ...['--bind', folder, folder, '--chdir', folder, '--'],
  ]
}
