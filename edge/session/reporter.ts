import type { SessionReport } from './ipc.ts'
import { watchLoopDelay } from './loopDelay.ts'
import type { MediaTotals } from './media.ts'
import type { Session } from './session.ts'

const everyMs = 2000
/** 200 samples of the loop's delay would make a poor percentile: it is taken over ten seconds. */
const delayOverReports = 5

/** Says every two seconds how this process and its game are doing. */
export function startReports(session: Session, send: (report: SessionReport) => void): { stop(): void } {
  const delay = watchLoopDelay()
  let before: MediaTotals = session.totals()
  let beforeAtMs = performance.now()
  let reports = 0

  const report = async (): Promise<void> => {
    const game = await session.usage()
    const now = session.totals()
    const nowMs = performance.now()
    const seconds = (nowMs - beforeAtMs) / 1000
    const frames = now.frames - before.frames
    const cpu = process.cpuUsage()
    const { p99Ms, maxMs } = delay.read()
    send({
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      memoryBytes: process.memoryUsage.rss(),
      gameCpuSeconds: game?.cpuSeconds ?? null,
      gameMemoryBytes: game?.memoryBytes ?? null,
      loopDelayP99Ms: p99Ms,
      loopDelayMaxMs: maxMs,
      fps: frames / seconds,
      encodeMs: frames > 0 ? (now.encodeMs - before.encodeMs) / frames : 0,
      bitrateBps: ((now.bytes - before.bytes) * 8) / seconds,
      framesDropped: now.framesDropped,
      keyframes: now.keyframes,
      player: session.player(),
      distance: session.distance(),
      inputs: { ...session.inputs },
      dropped: { ...session.dropped },
    })
    reports += 1
    if (reports % delayOverReports === 0) delay.reset()
    before = now
    beforeAtMs = nowMs
  }

  const timer = setInterval(() => void report(), everyMs)
  return {
    stop() {
      clearInterval(timer)
      delay.stop()
    },
  }
}
