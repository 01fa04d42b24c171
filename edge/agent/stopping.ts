/** How a node is asked to stop: let sessions end by themselves, or end them in order. */
export type StopWish = 'drain' | 'close'

/** A signal that the terminal and a starter both deliver is one. */
const sameSignalMs = 500

/** Each further wish asks for more: sessions end by themselves, then in order, then at once. */
export function createStopping(
  agent: {
    /** Settles when the last session has ended by itself. */
    drained(): Promise<void>
    close(): void
    force(): void
  },
  nowMs: () => number,
): (wish: StopWish) => void {
  let state: 'running' | 'draining' | 'closing' = 'running'
  let wishedAtMs = -Infinity
  const close = (): void => {
    state = 'closing'
    agent.close()
  }
  return (wish) => {
    const isSame = nowMs() - wishedAtMs <= sameSignalMs
    if (isSame && !(state === 'draining' && wish === 'close')) return
    wishedAtMs = nowMs()
    if (state === 'closing') agent.force()
    else if (state === 'draining' || wish === 'close') close()
    else {
      state = 'draining'
      void agent.drained().then(() => {
        if (state === 'draining') close()
      })
    }
  }
}
