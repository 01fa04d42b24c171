import type { PlayQuality } from '../../config/protocol/playQuality.ts'
import type { StreamRequest } from '../../config/protocol/stream.ts'
import { AvSync } from './avSync.ts'
import type { ClockSync } from './clock.ts'
import { type Condition, ConditionWatch, type NetworkState } from './condition.ts'
import type { FrameWatch } from './frames.ts'
import { percentile } from './percentile.ts'
import { PlayCount } from './playCount.ts'
import { Playout, playoutWindowMs } from './playout.ts'
import type { PlayerSession } from './session.ts'
import { type StatsTotals, type StreamStats, statsBetween, totalsOf } from './stats.ts'
import { type Trace, totalMs } from './trace.ts'

export interface MeasuresOptions {
  readonly session: Pick<PlayerSession, 'pc' | 'sendControl'>
  readonly clock: ClockSync
  readonly trace: Trace
  /** Null where the browser cannot follow single frames. */
  readonly frames: FrameWatch | null
  /** Why the picture is worse than asked for, whenever that changes. */
  onCondition(condition: Condition): void
  /** The session that is played by whoever owns it; null: none, or somebody else's. */
  ownSession(): string | null
  /** How it plays, for the router. */
  tellQuality(sessionId: string, quality: PlayQuality): void
}

const statsEveryMs = 1_000
const reportEveryMs = 2_000
const displayEveryMs = 500
const qualityEveryMs = 10_000

/** What is measured of one stream at a time, and what follows: reports to the node, how long frames are held, a word to the player. */
export class Measures {
  readonly #options: MeasuresOptions
  #timers: ReturnType<typeof setInterval>[] = []
  #totals: StatsTotals | null = null
  #reported: StatsTotals | null = null
  #stats: StreamStats | null = null
  #network: NetworkState | null = null
  #wanted: StreamRequest | null = null
  #playout = new Playout()
  #sync = new AvSync()
  #conditions = new ConditionWatch()
  #condition: Condition = 'fine'
  #count = new PlayCount()
  #counted = 0

  constructor(options: MeasuresOptions) {
    this.#options = options
  }

  /** Over the last second; null before the first picture. */
  get stats(): StreamStats | null {
    return this.#stats
  }

  /** Null until the node has said it on this connection. */
  get network(): NetworkState | null {
    return this.#network
  }

  /** How long frames are held for evenness, ms; 0 on a clean path. */
  get playoutMs(): number {
    return this.#playout.targetMs
  }

  /** By how much the sound comes after its picture, ms; null while either is unknown. */
  get avSkewMs(): number | null {
    return this.#sync.skewMs(this.#options.trace.frames)
  }

  /** A connection is up: everything starts at zero. */
  begin(): void {
    this.end()
    this.#totals = null
    this.#reported = null
    this.#network = null
    this.#playout.reset()
    this.#sync.reset()
    this.#count.connected()
    this.#timers = [
      setInterval(() => void this.#read(), statsEveryMs),
      setInterval(() => this.#report(), reportEveryMs),
      setInterval(() => this.#reportDisplay(), displayEveryMs),
      setInterval(() => this.tellQuality(), qualityEveryMs),
    ]
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    this.#conditions.reset()
    this.#tell('fine')
  }

  /** Says to the router how it has played so far. */
  tellQuality(): void {
    const sessionId = this.#options.ownSession()
    const quality = sessionId === null ? null : this.#count.of(sessionId)
    if (sessionId !== null && quality !== null) this.#options.tellQuality(sessionId, quality)
  }

  /** What the node gives while all is well. */
  heardStream(stream: StreamRequest): void {
    this.#wanted = stream
  }

  heardNetwork(network: NetworkState): void {
    this.#network = network
  }

  async #read(): Promise<void> {
    const { pc } = this.#options.session
    if (pc === null) return
    const report = await pc.getStats()
    const entries: Parameters<typeof totalsOf>[0][number][] = []
    report.forEach((entry: Parameters<typeof totalsOf>[0][number]) => entries.push(entry))
    const totals = totalsOf(entries, performance.now())
    if (totals === null) return
    this.#stats = statsBetween(this.#totals, totals)
    this.#totals = totals
    this.#readPath(totals)
    this.#readSound(pc)
    this.#readPlay(totals)
    const { atMs } = totals
    const { frozenMs } = this.#stats
    this.#tell(this.#conditions.read({ atMs, network: this.#network, wanted: this.#wanted, frozenMs }))
  }

  #readPath({ atMs, jitterMs }: StatsTotals): void {
    const { session, trace } = this.#options
    const before = this.#playout.targetMs
    const targetMs = this.#playout.read({ atMs, jitterMs, waysMs: trace.waysMs(atMs - playoutWindowMs) })
    if (targetMs !== before) session.sendControl({ kind: 'playout', minMs: targetMs, maxMs: targetMs })
  }

  #readPlay(totals: StatsTotals): void {
    const { trace, frames, ownSession } = this.#options
    const isNew = trace.taken - this.#counted
    this.#counted = trace.taken
    const sessionId = ownSession()
    if (sessionId === null) return
    this.#count.look(sessionId, {
      totals,
      framesShown: frames?.shown ?? null,
      clicksMs: isNew === 0 ? [] : trace.samples.slice(-isNew).map(totalMs),
      isSeen: document.visibilityState === 'visible',
    })
  }

  #readSound(pc: RTCPeerConnection): void {
    const { clock } = this.#options
    for (const receiver of pc.getReceivers()) {
      if (receiver.track.kind !== 'audio') continue
      const source = receiver.getSynchronizationSources().at(0)
      if (source !== undefined)
        this.#sync.heard(source, (atMs) => clock.toEdgeMs(atMs), performance.timeOrigin)
    }
  }

  #tell(condition: Condition): void {
    if (condition === this.#condition) return
    this.#condition = condition
    this.#options.onCondition(condition)
  }

  #report(): void {
    const { session, trace } = this.#options
    const stats = this.#stats
    const totals = this.#totals
    if (stats === null || totals === null) return
    const { fps, bitrateBps, rttMs, jitterMs, lossPercent, decodeMs } = stats
    const { framesDropped, freezes } = this.#reported ?? totals
    this.#reported = totals
    const clickToPhotonMs = percentile(trace.samples.slice(-200).map(totalMs), 0.5)
    session.sendControl({
      kind: 'stats',
      fps,
      bitrateBps,
      rttMs,
      jitterMs,
      lossPercent,
      clickToPhotonMs,
      decodeMs,
      framesDropped: Math.max(0, totals.framesDropped - framesDropped),
      freezes: Math.max(0, totals.freezes - freezes),
    })
  }

  #reportDisplay(): void {
    const { session, clock, frames } = this.#options
    const display = frames?.display(this.#playout.targetMs > 0) ?? null
    if (display === null || document.visibilityState === 'hidden') return
    const tickAtMs = clock.toEdgeMs(display.tickAtMs)
    if (tickAtMs !== null) session.sendControl({ kind: 'display', ...display, tickAtMs })
  }
}
