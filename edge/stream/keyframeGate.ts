/** Decides when asked-for keyframes are made: a browser that lost packets asks several times for the same one. */
export interface KeyframeGate {
  request(): void
  /** When a wanted keyframe may be made; null while none is wanted. */
  dueAtMs(): number | null
  /** A keyframe was made at this time: it answers every request so far. */
  made(nowMs: number): void
}

export function createKeyframeGate(minIntervalMs: number): KeyframeGate {
  let lastAtMs = -Infinity
  let wanted = false
  return {
    request() {
      wanted = true
    },
    dueAtMs: () => (wanted ? lastAtMs + minIntervalMs : null),
    made(nowMs) {
      lastAtMs = nowMs
      wanted = false
    },
  }
}
