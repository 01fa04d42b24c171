import type { SessionView } from '../../config/protocol/api.ts'
import type { Phase } from './phase.ts'
import type { NetworkState } from './condition.ts'
import type { Player } from './player.ts'
import type { StreamStats } from './stats.ts'
import type { FrameSample, TraceSample } from './trace.ts'

/**
 * `window.nearcade` on a play page: the measurements, open to benchmarks, tests and the curious. All times are ms on the page's
 * `performance.now()` clock; times of the edge are brought onto it by `clock`.
 */
export interface Nearcade {
  /** The session as the router last told it. */
  readonly session: SessionView | null
  readonly phase: Phase['kind']
  /** The last 5000 inputs that were seen to change the picture, oldest first. */
  trace(): TraceSample[]
  /** The last 5000 presented frames with their life on the edge, oldest first. */
  frames(): FrameSample[]
  stats(): NearcadeStats
}

export interface NearcadeStats {
  /** Rates over the last second; null before the first picture. */
  readonly stream: StreamStats | null
  /** What the node says of the path; null until it has. */
  readonly network: NetworkState | null
  /** How long frames are held for evenness, ms; 0 on a clean path. */
  readonly playoutMs: number
  /** By how much the sound comes after its picture, ms; null while either is unknown. */
  readonly avSkewMs: number | null
  readonly encoder: string | null
  /** Frames handed to the compositor since the page opened. */
  readonly framesShown: number
  /** `edge = browser + offsetMs`, off by at most `uncertaintyMs`; null before the first exchange. */
  readonly clock: { readonly offsetMs: number; readonly rttMs: number; readonly uncertaintyMs: number } | null
  /** Round trip to the router, ms. */
  readonly routerRttMs: number | null
}

export function exposed(player: Player): Nearcade {
  return {
    get session() {
      return player.session.facts.session
    },
    get phase() {
      return player.session.phase.kind
    },
    trace: () => [...player.trace.samples],
    frames: () => [...player.trace.frames],
    stats: () => {
      const best = player.clock.best
      return {
        stream: player.measures.stats,
        network: player.measures.network,
        playoutMs: player.measures.playoutMs,
        avSkewMs: player.measures.avSkewMs,
        encoder: player.encoder,
        framesShown: player.framesShown,
        clock:
          best === null
            ? null
            : { offsetMs: best.offsetMs, rttMs: best.rttMs, uncertaintyMs: best.rttMs / 2 },
        routerRttMs: player.connection.rttMs,
      }
    },
  }
}
