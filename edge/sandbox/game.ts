import { constants } from 'node:os'
import { basename } from 'node:path'
import { systemMounts } from './bubblewrap.ts'
import type { Mount, SandboxPlan } from './bubblewrap.ts'
import { createCgroup } from './cgroup.ts'
import type { Cgroup } from './cgroup.ts'
import { prepareHome } from './home.ts'
import { playerUid, userNamespacesWork } from './host.ts'
import { launch } from './launch.ts'
import { killTree, signalTree } from './processTree.ts'
import type { GameExit, RunningGame, SandboxSpec } from './sandbox.ts'

/** Where things are inside every sandbox. */
export const insideHome = '/home/player'
const insideRun = '/run/nearcade'
/** What else of the seat's uid counts against RLIMIT_NPROC: the display, the sound server, bwrap itself. */
const otherProcesses = 32
const largestFileBytes = 2 * 1024 ** 3

/** Pure: the plan of a game. */
export function gamePlan(
  spec: SandboxSpec,
  host: {
    readonly uid: number | null
    readonly userNamespacesWork: boolean
    readonly cgroup: Pick<Cgroup, 'controls'>
  },
): SandboxPlan {
  const { limits } = spec
  const mounts: Mount[] = [
    ...systemMounts,
    { kind: 'tmpfs', to: '/tmp', bytes: limits.tmpBytes, mode: '1777' },
    { kind: 'folder', to: '/tmp/.X11-unix', mode: '0755' },
    { kind: 'readOnly', from: spec.displaySocketFile, to: `/tmp/.X11-unix/X${spec.displayNumber}` },
    { kind: 'folder', to: insideRun, mode: '0755' },
    { kind: 'readOnly', from: spec.authFile, to: `${insideRun}/authority` },
    { kind: 'writable', from: spec.homeDir, to: insideHome },
    ...Object.entries(spec.readOnly).map(([from, to]): Mount => ({ kind: 'readOnly', from, to })),
  ]
  if (spec.soundSocketFile !== null)
    mounts.push({ kind: 'readOnly', from: spec.soundSocketFile, to: `${insideRun}/sound` })
  const messages: Record<string, string> = {}
  if (spec.messagesSocketFile !== undefined) {
    mounts.push({ kind: 'readOnly', from: spec.messagesSocketFile, to: `${insideRun}/messages` })
    messages['NEARCADE_MESSAGES'] = `${insideRun}/messages`
  }
  const sound: Record<string, string> =
    spec.soundSocketFile === null
      ? { SDL_AUDIODRIVER: 'dummy' }
      : { PULSE_SERVER: `unix:${insideRun}/sound`, PULSE_LATENCY_MSEC: '20', SDL_AUDIODRIVER: 'pulseaudio' }
  return {
    command: spec.command,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin:/usr/games',
      HOME: insideHome,
      USER: 'player',
      LANG: 'C.UTF-8',
      DISPLAY: `:${spec.displayNumber}`,
      XAUTHORITY: `${insideRun}/authority`,
      SDL_VIDEODRIVER: 'x11',
      ...sound,
      ...messages,
    },
    ownEnv: spec.env,
    workFolder: spec.workFolder ?? insideHome,
    mounts,
    uid: host.uid,
    allowUserNamespaces: spec.allowUserNamespaces === true,
    userNamespacesWork: host.userNamespacesWork,
    limits: {
      maxProcesses: host.cgroup.controls('pids') ? null : limits.maxProcesses + otherProcesses,
      dataBytes: host.cgroup.controls('memory') ? null : limits.memoryBytes,
      openFiles: 4096,
      fileBytes: largestFileBytes,
    },
    hostname: 'nearcade',
  }
}

/** Pure: bwrap passes its child's code on, and says 128 + n for a child that signal n ended. */
export function exitReason(
  code: number | null,
  signal: NodeJS.Signals | null,
  ranOutOfMemory: boolean,
): GameExit {
  if (ranOutOfMemory && code !== 0) return { kind: 'outOfMemory' }
  if (signal !== null) return { kind: 'signalled', signal }
  const name = Object.entries(constants.signals).find(([, number]) => number === (code ?? 0) - 128)?.[0]
  return name === undefined ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal: name }
}

/**
 * Starts a title in its sandbox. Call on the main thread: the game dies with the thread that starts it.
 * @throws NearcadeError start-failed when bwrap cannot be run or the home is over full. A program that is missing shows as exit code 127 or 1.
 */
export async function startGame(spec: SandboxSpec): Promise<RunningGame> {
  const uid = playerUid(spec.seat)
  await prepareHome(spec.homeDir, uid)
  const cgroup = await createCgroup(basename(spec.sessionId), spec.limits)
  const plan = gamePlan(spec, { uid, userNamespacesWork: userNamespacesWork(), cgroup })
  const launched = await launch(plan, {
    stdout: 'pipe',
    logStdout: true,
    extraPipes: spec.extraFds ?? 0,
    cgroupProcsFiles: cgroup.procsFiles,
    ...(spec.watch === undefined ? {} : { watch: spec.watch }),
  }).catch(async (error: unknown) => {
    await cgroup.remove()
    throw error
  })
  const exited = launched.closed.then(async ({ code, signal }) => {
    const exit = exitReason(code, signal, await cgroup.ranOutOfMemory())
    await cgroup.remove()
    await spec.watch?.close()
    return exit
  })
  const hasFreezer = cgroup.controls('freezer')
  const close = async (): Promise<void> => {
    const { child, pid } = launched
    if (child.exitCode === null && child.signalCode === null) {
      await killTree(pid)
      // a v1 freezer holds even a SIGKILL back
      await cgroup.thaw().catch(() => {})
    }
    await exited
  }
  return {
    pid: launched.pid,
    exited,
    log: launched.log,
    freeze: () => (hasFreezer ? cgroup.freeze() : signalTree(launched.pid, 'SIGSTOP')),
    thaw: () => (hasFreezer ? cgroup.thaw() : signalTree(launched.pid, 'SIGCONT')),
    usage: () => cgroup.usage(),
    pipes: launched.child.stdio
      .slice(3, 3 + (spec.extraFds ?? 0))
      .filter((pipe) => pipe !== null && pipe !== undefined),
    [Symbol.asyncDispose]: close,
  }
}
