import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { SessionReport } from './ipc.ts'
import type { MediaTotals } from './media.ts'
import type { Session } from './session.ts'

const everyMs = 2000
/** Nanoseconds, as perf_hooks counts. */
const nsPerMs = 1e6

/** Says every two seconds how this process and its game are doing. */
export function startReports(session: Session, send: (report: SessionReport) => void): { stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: 2 })
  delay.enable()
  let before: MediaTotals = session.totals()
  let beforeAtMs = performance.now()

  const report = async (): Promise<void> => {
    const game = await session.usage()
    const now = session.totals()
    const nowMs = performance.now()
    const seconds = (nowMs - beforeAtMs) / 1000
    const frames = now.frames - before.frames
    const cpu = process.cpuUsage()
    send({
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      memoryBytes: process.memoryUsage.rss(),
      gameCpuSeconds: game?.cpuSeconds ?? null,
      gameMemoryBytes: game?.memoryBytes ?? null,
      loopDelayP99Ms: delay.count > 0 ? delay.percentile(99) / nsPerMs : 0,
      loopDelayMaxMs: delay.count > 0 ? delay.max / nsPerMs : 0,
      fps: frames / seconds,
      encodeMs: frames > 0 ? (now.encodeMs - before.encodeMs) / frames : 0,
      bitrateBps: ((now.bytes - before.bytes) * 8) / seconds,
      framesDropped: now.framesDropped,
      keyframes: now.keyframes,
      inputs: { ...session.inputs },
      dropped: { ...session.dropped },
    })
    delay.reset()
    before = now
    beforeAtMs = nowMs
  }

  const timer = setInterval(() => void report(), everyMs)
  return {
    stop() {
      clearInterval(timer)
      delay.disable()
    },
  }
}
