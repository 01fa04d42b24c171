import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDisplay } from '../display/xvfb.ts'
import { connectDisplay } from '../display/xclient.ts'
import { measureEncoders } from '../media/encoderSpeed.ts'
import { systemMounts } from '../sandbox/bubblewrap.ts'
import { createCgroup } from '../sandbox/cgroup.ts'
import { playerUid, userNamespacesWork } from '../sandbox/host.ts'
import { launch } from '../sandbox/launch.ts'
import { startSound } from '../sound/pulse.ts'
import type { EncoderSpeeds } from '../stream/codecChoice.ts'
import type { Check } from './check.ts'

/** A seat number that no session of this node has, so that its uid is nobody's. */
const ownSeat = 999
const took = (fromMs: number): string => `${Math.round(performance.now() - fromMs)} ms`

async function inFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nearcade-self-test-'))
  try {
    return await task(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs a program the way a game is run. */
export const sandbox: Check = {
  name: 'Sandbox',
  next: 'Install the package bubblewrap; where the node is not run as root, allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1 or, on Ubuntu, kernel.apparmor_restrict_unprivileged_userns=0).',
  async run() {
    const fromMs = performance.now()
    const launched = await launch(
      {
        command: ['true'],
        env: { PATH: '/usr/bin:/bin' },
        workFolder: '/',
        mounts: [...systemMounts, { kind: 'tmpfs', to: '/tmp', bytes: 1024 ** 2, mode: '1777' }],
        uid: playerUid(ownSeat),
        allowUserNamespaces: false,
        userNamespacesWork: userNamespacesWork(),
        limits: { maxProcesses: null, dataBytes: null, openFiles: 256, fileBytes: null },
        hostname: 'nearcade',
      },
      { stdout: 'ignore' },
    )
    const { code, signal } = await launched.closed
    if (code !== 0)
      throw new Error([`it ended with ${signal ?? code}`, ...launched.log().slice(-3)].join('; '))
    return { state: 'passed', found: `a program ran in it in ${took(fromMs)}` }
  },
}

export const limits: Check = {
  name: 'Limits',
  next: 'Run the node as root with writable cgroups, so that the kernel keeps games within their memory and processor time. Without, a greedy game slows its neighbours.',
  async run() {
    const cgroup = await createCgroup(`self-test-${process.pid}`, {
      memoryBytes: 64 * 1024 ** 2,
      cpuCores: 1,
      maxProcesses: 8,
      tmpBytes: 0,
    })
    const missing = (['memory', 'pids', 'cpu'] as const).filter((name) => !cgroup.controls(name))
    await cgroup.remove()
    return missing.length === 0
      ? { state: 'passed', found: 'the kernel bounds memory, processes and processor time of each game' }
      : { state: 'warning', found: `the kernel does not bound the ${missing.join(', ')} of a game here` }
  },
}

export const display: Check = {
  name: 'Display',
  next: 'Install the package xvfb, and see that /dev/shm is there and has room.',
  run: () =>
    inFolder(async (sessionDir) => {
      const fromMs = performance.now()
      await using started = await startDisplay({ sessionDir, seat: ownSeat, widthPx: 1280, heightPx: 720 })
      await using connection = await connectDisplay(started)
      await connection.client.sync()
      return { state: 'passed', found: `1280x720 after ${took(fromMs)}` }
    }),
}

export const sound: Check = {
  name: 'Sound',
  next: 'Install the packages pulseaudio and pulseaudio-utils. Without them games are silent.',
  run: () =>
    inFolder(async (sessionDir) => {
      const fromMs = performance.now()
      await using server = await startSound({ sessionDir, seat: ownSeat })
      let onBlock = (): void => {}
      const block = new Promise<void>((resolve) => {
        onBlock = resolve
      })
      await using _recorder = await server.record(10, onBlock)
      await block
      return { state: 'passed', found: `recorded after ${took(fromMs)}` }
    }),
}

/** What is left of a frame's time at 60 a second for encoding it: the rest is capture, conversion and the game. */
const budgetMs = 10

/** Encodes for real. @param onSpeeds takes what was measured */
export const encoders = (onSpeeds: (speeds: EncoderSpeeds) => void = () => {}): Check => ({
  name: 'Encoders',
  next: 'Use a faster processor, or one that is less busy: pictures would come late.',
  async run() {
    const speeds = await measureEncoders(['h264', 'vp8', 'vp9', 'av1'])
    onSpeeds(speeds)
    const found = Object.entries(speeds)
      .map(([codec, ms]) => `${codec} ${ms} ms`)
      .join(', ')
    const { h264 } = speeds
    if (h264 === undefined) throw new Error(`H.264 could not be encoded (${found || 'nor anything else'})`)
    const fps = Math.round(1000 / h264)
    return {
      state: h264 <= budgetMs ? 'passed' : 'warning',
      found: `${found} a picture of 1280x720: H.264 at up to ${fps} a second`,
    }
  },
})
