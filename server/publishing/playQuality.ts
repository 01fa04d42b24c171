import { clickQuantile, clickSteps, type PlayQuality } from '../../config/protocol/playQuality.ts'

/** How a session played, as its player's page said it and as far as that can be. Times in ms. */
export interface SessionQuality {
  /** Of its inputs; null where too few were seen. */
  readonly clickP50Ms: number | null
  readonly clickP95Ms: number | null
  readonly framesShown: number
  readonly framesDropped: number
  readonly framesDecoded: number
  readonly decodeMs: number
  readonly freezes: number
  readonly frozenMs: number
  /** How long the page looked. */
  readonly seenMs: number
}

/** What pages say of sessions that are live. */
export interface Qualities {
  hear(sessionId: string, said: PlayQuality): void
  /** What was said, which is forgotten here. */
  take(sessionId: string): readonly PlayQuality[]
}

/** A page that is loaded again begins at zero; somebody who does that all evening is heard of the first few. */
const mostRuns = 8
/** Fewer say nothing of one in twenty. */
const leastClicks = 20
/** Faster than any screen. */
const mostFps = 250

export function createQualities(): Qualities {
  const bySession = new Map<string, Map<string, PlayQuality>>()
  return {
    hear(sessionId, said) {
      const runs = bySession.get(sessionId) ?? new Map<string, PlayQuality>()
      if (runs.size >= mostRuns && !runs.has(said.run)) return
      bySession.set(sessionId, runs.set(said.run, said))
    },
    take(sessionId) {
      const runs = bySession.get(sessionId)
      bySession.delete(sessionId)
      return [...(runs?.values() ?? [])]
    },
  }
}

/** Pure: held to what a session of this length can have been. Null: nobody looked. @param playedMs from its first picture to its end */
export function qualityOf(runs: readonly PlayQuality[], playedMs: number): SessionQuality | null {
  const sum = (of: (run: PlayQuality) => number): number => runs.reduce((all, run) => all + of(run), 0)
  const seenMs = Math.min(
    sum((run) => run.seenMs),
    playedMs,
  )
  if (seenMs <= 0) return null
  const mostFrames = Math.ceil((seenMs * mostFps) / 1000)
  const frames = (of: (run: PlayQuality) => number): number => Math.min(sum(of), mostFrames)
  const clicks = Array.from({ length: clickSteps }, (_, at) => sum((run) => run.clicks[at] ?? 0))
  const isEnough = clicks.reduce((all, many) => all + many, 0) >= leastClicks
  const quantile = (share: number): number | null => (isEnough ? clickQuantile(clicks, share) : null)
  return {
    clickP50Ms: quantile(0.5),
    clickP95Ms: quantile(0.95),
    framesShown: frames((run) => run.framesShown),
    framesDropped: frames((run) => run.framesDropped),
    framesDecoded: frames((run) => run.framesDecoded),
    decodeMs: Math.min(
      sum((run) => run.decodeMs),
      seenMs,
    ),
    freezes: frames((run) => run.freezes),
    frozenMs: Math.min(
      sum((run) => run.frozenMs),
      seenMs,
    ),
    seenMs,
  }
}
