import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NearcadeError } from '../../config/errors.ts'
import { systemMounts } from '../sandbox/bubblewrap.ts'
import { giveToPlayer, ownerTag, playerUid } from '../sandbox/host.ts'
import { launch } from '../sandbox/launch.ts'
import type { Launched } from '../sandbox/launch.ts'
import { shmFolder, shmPrefix } from '../sandbox/leftovers.ts'
import { authorityEntry } from './authority.ts'
import type { Display } from './display.ts'

export interface DisplayOptions {
  /** The session's folder; the display keeps its socket and cookie in `x11/` under it. */
  readonly sessionDir: string
  readonly seat: number
  readonly widthPx: number
  readonly heightPx: number
}

const startTimeoutMs = 10_000
/** A game may fill pictures in the server's memory as well as in its own; beyond this it gets BadAlloc. */
const maxServerBytes = 512 * 1024 * 1024

/**
 * Starts an X server of the session's own: no TCP, no abstract socket (own network namespace besides), a socket folder
 * nobody else sees, and its screen in a file of /dev/shm that capture maps.
 * @throws NearcadeError start-failed with what the server said.
 */
export async function startDisplay(options: DisplayOptions): Promise<Display> {
  const { seat, widthPx, heightPx } = options
  const folder = join(options.sessionDir, 'x11')
  const socketFolder = join(folder, 'sockets')
  const authFile = join(folder, 'authority')
  const cookie = randomBytes(16)
  await mkdir(socketFolder, { recursive: true, mode: 0o700 })
  await writeFile(authFile, authorityEntry(cookie), { mode: 0o600 })
  const screenFolder = await mkdtemp(join(shmFolder, `${shmPrefix}${ownerTag()}-`))
  for (const path of [folder, socketFolder, authFile, screenFolder]) await giveToPlayer(path, seat)
  await chmod(screenFolder, 0o700)
  const removeFiles = async (): Promise<void> => {
    await Promise.all([folder, screenFolder].map((path) => rm(path, { recursive: true, force: true })))
  }
  let server: Launched
  let number: number
  try {
    server = await launch(
      {
        command: [
          ...['/usr/bin/Xvfb', '-displayfd', '3', '-screen', '0', `${widthPx}x${heightPx}x24`],
          ...['-nolisten', 'tcp', '-nolisten', 'local', '-auth', '/run/nearcade/authority', '-noreset'],
          // MIT-SHM cannot cross IPC namespaces; the game would only find out by an error
          ...['-fbdir', '/run/nearcade/screen', '-extension', 'MIT-SHM', '-s', '0', '-dpms', '-br'],
        ],
        env: { PATH: '/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' },
        workFolder: '/',
        mounts: [
          ...systemMounts,
          { kind: 'tmpfs', to: '/tmp', bytes: 16 * 1024 * 1024, mode: '1777' },
          { kind: 'writable', from: socketFolder, to: '/tmp/.X11-unix' },
          { kind: 'folder', to: '/run/nearcade', mode: '0755' },
          { kind: 'readOnly', from: authFile, to: '/run/nearcade/authority' },
          { kind: 'writable', from: screenFolder, to: '/run/nearcade/screen' },
        ],
        uid: playerUid(seat),
        allowUserNamespaces: true,
        userNamespacesWork: false,
        limits: { maxProcesses: null, dataBytes: maxServerBytes, openFiles: 1024, fileBytes: null },
        hostname: 'nearcade',
      },
      { stdout: 'ignore', extraPipes: 1 },
    )
  } catch (error) {
    await removeFiles()
    throw error
  }
  try {
    number = await displayNumber(server)
  } catch (error) {
    await server.kill()
    await removeFiles()
    throw new NearcadeError('start-failed', ['the display did not start', ...server.log().slice(-3)], error)
  }
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => (closing ??= server.kill().then(removeFiles))
  return {
    number,
    socketFile: join(socketFolder, `X${number}`),
    authFile,
    cookie,
    framebufferFile: join(screenFolder, 'Xvfb_screen0'),
    widthPx,
    heightPx,
    exited: server.closed.then(({ code, signal }) => ({
      reason: [signal ?? `exit code ${code}`, ...server.log().slice(-3)].join('; '),
    })),
    [Symbol.asyncDispose]: close,
  }
}

/** Xvfb writes its number and a newline to descriptor 3 once it accepts connections. */
function displayNumber(server: Launched): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready within ${startTimeoutMs} ms`)), startTimeoutMs)
    let text = ''
    server.child.stdio[3]?.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!text.endsWith('\n')) return
      clearTimeout(timer)
      resolve(Number(text))
    })
    void server.closed.then(({ code, signal }) => {
      clearTimeout(timer)
      reject(new Error(`it ended with ${signal ?? code}`))
    })
  })
}
