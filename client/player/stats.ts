/** Running totals of one receiver at one moment; times in ms. */
export interface StatsTotals {
  readonly atMs: number
  readonly framesDecoded: number
  readonly framesDropped: number
  readonly bytesReceived: number
  readonly packetsReceived: number
  readonly packetsLost: number
  readonly jitterBufferDelayMs: number
  readonly jitterBufferEmitted: number
  readonly decodeTimeMs: number
  readonly freezes: number
  /** Time that the picture stood still in freezes. */
  readonly frozenMs: number
  /** Requests for what is missing (what comes again is no measure: the node fills its probes with it), and packets of redundancy. */
  readonly askedAgain: number
  readonly fecPackets: number
  /** Samples that the sound's jitter buffer made up, of all that it gave. */
  readonly concealedSamples: number
  readonly soundSamples: number
  readonly jitterMs: number | null
  readonly rttMs: number | null
  readonly codec: string | null
  readonly decoder: string | null
  readonly widthPx: number
  readonly heightPx: number
}

/** What the overlay shows and the node is told: rates over the time since the last reading. */
export interface StreamStats {
  readonly fps: number
  readonly bitrateBps: number
  readonly lossPercent: number | null
  /** Mean stay in the jitter buffer. */
  readonly jitterBufferMs: number | null
  readonly decodeMs: number | null
  readonly framesDropped: number
  readonly freezes: number
  readonly frozenMs: number
  /** Repaired or covered by redundancy, since the connection began. */
  readonly askedAgain: number
  readonly fecPackets: number
  /** Share of the sound that had to be made up. */
  readonly concealedPercent: number | null
  readonly jitterMs: number | null
  readonly rttMs: number | null
  readonly codec: string | null
  readonly decoder: string | null
  readonly widthPx: number
  readonly heightPx: number
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null)
const percent = (share: number | null): number | null => (share === null ? null : 100 * share)

export function statsBetween(before: StatsTotals | null, now: StatsTotals): StreamStats {
  const from =
    before !== null && before.framesDecoded <= now.framesDecoded ? before : { ...now, atMs: now.atMs - 1000 }
  const seconds = Math.max(0.001, (now.atMs - from.atMs) / 1000)
  const lost = Math.max(0, now.packetsLost - from.packetsLost)
  const loss = ratio(lost, lost + now.packetsReceived - from.packetsReceived)
  const decoded = now.framesDecoded - from.framesDecoded
  return {
    fps: decoded / seconds,
    bitrateBps: (8 * (now.bytesReceived - from.bytesReceived)) / seconds,
    lossPercent: percent(loss),
    jitterBufferMs: ratio(
      now.jitterBufferDelayMs - from.jitterBufferDelayMs,
      now.jitterBufferEmitted - from.jitterBufferEmitted,
    ),
    decodeMs: ratio(now.decodeTimeMs - from.decodeTimeMs, decoded),
    framesDropped: now.framesDropped,
    freezes: now.freezes - from.freezes,
    frozenMs: now.frozenMs - from.frozenMs,
    askedAgain: now.askedAgain,
    fecPackets: now.fecPackets,
    concealedPercent: percent(
      ratio(now.concealedSamples - from.concealedSamples, now.soundSamples - from.soundSamples),
    ),
    jitterMs: now.jitterMs,
    rttMs: now.rttMs,
    codec: now.codec,
    decoder: now.decoder,
    widthPx: now.widthPx,
    heightPx: now.heightPx,
  }
}

type Entry = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string }
const numberOf = (entry: Entry | undefined, key: string): number => {
  const value = entry?.[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
const maybe = (entry: Entry | undefined, key: string): number | null =>
  typeof entry?.[key] === 'number' ? (entry[key] as number) : null
const textOf = (entry: Entry | undefined, key: string): string | null =>
  typeof entry?.[key] === 'string' ? (entry[key] as string) : null

/** W3C webrtc-stats entries → totals of the video; null before the first packet. */
export function totalsOf(entries: readonly Entry[], atMs: number): StatsTotals | null {
  const video = entries.find((entry) => entry.type === 'inbound-rtp' && entry['kind'] === 'video')
  if (video === undefined) return null
  const audio = entries.find((entry) => entry.type === 'inbound-rtp' && entry['kind'] === 'audio')
  const codec = entries.find((entry) => entry.type === 'codec' && entry.id === video['codecId'])
  const transport = entries.find((entry) => entry.type === 'transport')
  const pair = entries.find(
    (entry) =>
      entry.type === 'candidate-pair' &&
      (entry.id === transport?.['selectedCandidatePairId'] ||
        (transport === undefined && entry['nominated'] === true)),
  )
  const seconds = (entry: Entry | undefined, key: string): number | null => {
    const value = maybe(entry, key)
    return value === null ? null : value * 1000
  }
  return {
    atMs,
    framesDecoded: numberOf(video, 'framesDecoded'),
    framesDropped: numberOf(video, 'framesDropped'),
    bytesReceived: numberOf(video, 'bytesReceived'),
    packetsReceived: numberOf(video, 'packetsReceived'),
    packetsLost: numberOf(video, 'packetsLost'),
    jitterBufferDelayMs: numberOf(video, 'jitterBufferDelay') * 1000,
    jitterBufferEmitted: numberOf(video, 'jitterBufferEmittedCount'),
    decodeTimeMs: numberOf(video, 'totalDecodeTime') * 1000,
    freezes: numberOf(video, 'freezeCount'),
    frozenMs: numberOf(video, 'totalFreezesDuration') * 1000,
    askedAgain: numberOf(video, 'nackCount'),
    fecPackets: numberOf(video, 'fecPacketsReceived'),
    // Silence is not sent, so that made-up silence is what there was.
    concealedSamples: numberOf(audio, 'concealedSamples') - numberOf(audio, 'silentConcealedSamples'),
    soundSamples: numberOf(audio, 'totalSamplesReceived'),
    jitterMs: seconds(video, 'jitter'),
    rttMs: seconds(pair, 'currentRoundTripTime'),
    codec: textOf(codec, 'mimeType')?.replace('video/', '') ?? null,
    decoder: textOf(video, 'decoderImplementation'),
    widthPx: numberOf(video, 'frameWidth'),
    heightPx: numberOf(video, 'frameHeight'),
  }
}
