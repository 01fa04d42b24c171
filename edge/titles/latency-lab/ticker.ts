/**
 * Calls back `perSecond` times a second on an absolute schedule: lateness of one tick moves no other, so nothing drifts.
 * Ticks missed by a stall are left out, not caught up.
 */
export function startTicker(perSecond: number, onTick: () => void): { stop(): void } {
  const periodMs = 1000 / perSecond
  const startMs = performance.now()
  let next = 1
  let timer: NodeJS.Timeout
  const arm = (): void => {
    timer = setTimeout(tick, Math.max(0, startMs + next * periodMs - performance.now()))
  }
  const tick = (): void => {
    onTick()
    next = Math.max(next + 1, Math.ceil((performance.now() - startMs) / periodMs))
    arm()
  }
  arm()
  return { stop: () => clearTimeout(timer) }
}
