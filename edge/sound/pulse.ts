import { existsSync, watch } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NearcadeError } from '../../config/errors.ts'
import { systemMounts } from '../sandbox/bubblewrap.ts'
import type { Mount, SandboxPlan } from '../sandbox/bubblewrap.ts'
import { giveToPlayer, playerUid } from '../sandbox/host.ts'
import { launch } from '../sandbox/launch.ts'
import type { Launched } from '../sandbox/launch.ts'
import { startRecorder } from './recorder.ts'
import type { SoundServer } from './sound.ts'

const rateHz = 48_000
const bytesPerSample = 4
/** A game may upload samples and open streams as it likes; this is where it ends. */
const maxServerBytes = 256 * 1024 * 1024
const startTimeoutMs = 10_000
const insideFolder = '/run/nearcade/pulse'
const sinkName = 'game'

/**
 * Starts a sound server of the session's own with one null sink, reachable by its native socket alone.
 * `norewinds`: without it a new null sink renders its first block 2 s long and nothing can be recorded before
 * (1917 ms to the first data against 17 ms; a click then takes 1.4 ms to the recorder instead of 0.4 ms).
 * @throws NearcadeError start-failed with what the server said.
 */
export async function startSound(options: {
  /** The session's folder; the server keeps its socket in `pulse/` under it. */
  readonly sessionDir: string
  readonly seat: number
}): Promise<SoundServer> {
  const { seat } = options
  const folder = join(options.sessionDir, 'pulse')
  const socketFile = join(folder, 'native')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await giveToPlayer(folder, seat)
  const socketMount: Mount = { kind: 'writable', from: folder, to: insideFolder }
  const format = [`rate=${rateHz}`, 'channels=2', 'format=s16le'].join(' ')
  const server = await launch(
    soundPlan(seat, socketMount, [
      ...[
        'pulseaudio',
        '-n',
        '--daemonize=no',
        '--exit-idle-time=-1',
        '--use-pid-file=no',
        '--disallow-exit',
      ],
      ...['--disallow-module-loading', '--log-level=error', '--realtime=no', '--high-priority=no'],
      ...['-L', `module-native-protocol-unix auth-anonymous=1 socket=${insideFolder}/native`],
      ...['-L', `module-null-sink sink_name=${sinkName} ${format} norewinds=1`],
    ]),
    { stdout: 'ignore' },
  )
  const recorders = new Set<AsyncDisposable>()
  let recorded = 0
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await Promise.all([...[...recorders].map((recorder) => recorder[Symbol.asyncDispose]()), server.kill()])
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await socketAppears(folder, socketFile, server)
  } catch (error) {
    await close()
    throw new NearcadeError(
      'start-failed',
      ['the sound server did not start', ...server.log().slice(-3)],
      error,
    )
  }
  return {
    socketFile,
    exited: server.closed.then(({ code, signal }) => ({
      reason: [signal ?? `exit code ${code}`, ...server.log().slice(-3)].join('; '),
    })),
    async record(blockMs, onBlock) {
      recorded += 1
      const recorder = await startRecorder({
        fifoFile: join(options.sessionDir, `recorder-${recorded}`),
        blockMs,
        blockBytes: (rateHz / 1000) * blockMs * bytesPerSample,
        launch: (stdout) =>
          launch(
            soundPlan(seat, socketMount, [
              ...['parec', `--server=unix:${insideFolder}/native`, '--raw', `--rate=${rateHz}`],
              ...['--channels=2', '--format=s16le', `--latency-msec=${blockMs}`, '-d', `${sinkName}.monitor`],
            ]),
            { stdout },
          ),
        onBlock,
      })
      recorders.add(recorder)
      return {
        async [Symbol.asyncDispose]() {
          recorders.delete(recorder)
          await recorder[Symbol.asyncDispose]()
        },
      }
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

const soundPlan = (seat: number, socketMount: Mount, command: readonly string[]): SandboxPlan => ({
  command,
  env: { PATH: '/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' },
  workFolder: '/tmp',
  mounts: [
    ...systemMounts,
    { kind: 'tmpfs', to: '/tmp', bytes: 16 * 1024 * 1024, mode: '1777' },
    { kind: 'folder', to: '/run/nearcade', mode: '0755' },
    socketMount,
  ],
  uid: playerUid(seat),
  allowUserNamespaces: true,
  userNamespacesWork: false,
  limits: { maxProcesses: null, dataBytes: maxServerBytes, openFiles: 1024, fileBytes: null },
  hostname: 'nearcade',
})

/** The socket is there from the moment the server listens on it. */
function socketAppears(folder: string, socketFile: string, server: Launched): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(folder)
    const finish = (error: Error | null): void => {
      clearTimeout(timer)
      watcher.close()
      if (error === null) resolve()
      else reject(error)
    }
    const timer = setTimeout(() => finish(new Error(`not ready within ${startTimeoutMs} ms`)), startTimeoutMs)
    const look = (): void => void (existsSync(socketFile) && finish(null))
    watcher.on('change', look)
    void server.closed.then(({ code, signal }) => finish(new Error(`it ended with ${signal ?? code}`)))
    look()
  })
}
