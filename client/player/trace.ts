import type { FrameRecord } from '../../config/protocol/frameRecord.ts'

export type TracedKind = 'key' | 'button' | 'wheel' | 'text' | 'touch' | 'pointer' | 'motion' | 'pad'

/** One frame as the browser showed it; times on the browser's clock (`performance.now()`). */
export interface PresentedFrame {
  readonly rtpTimestamp: number
  /** Its last packet arrived; null where the browser does not say. */
  readonly receivedAtMs: number | null
  /** Decoded and ready; null where the browser does not say. */
  readonly readyAtMs: number | null
  /** Handed to the compositor. */
  readonly presentedAtMs: number
  /** When its display tick is expected to light up. */
  readonly displayedAtMs: number
}

/** A presented frame with its life on the edge; all times on the browser's clock. */
export interface FrameSample extends PresentedFrame {
  readonly capturedAtMs: number
  readonly encodedAtMs: number
  readonly sentAtMs: number
  readonly inputId: number
}

/** The whole way of one input: input → edge → applied → captured → encoded → received → presented. */
export interface TraceSample extends FrameSample {
  readonly kind: TracedKind
  /** The browser's time stamp of the DOM event. */
  readonly inputAtMs: number
  /** Null when a later input had already been applied before this frame's capture: the record carries the last one's times. */
  readonly edgeAtMs: number | null
  readonly appliedAtMs: number | null
}

interface Sent {
  readonly kind: TracedKind
  readonly atMs: number
}

const maxPending = 512
const maxRecords = 256
/** A record that has not come this long after its frame was shown is lost. */
const recordPatienceMs = 250
/** An input that changed nothing is not seen by the next frame, whenever that comes: longest wait from applied to captured. */
const effectWithinMs = 250

/**
 * Matches inputs to the first presented frame that can show them. Frame records and presented frames come in any order and
 * either may be missing; a frame whose record is lost passes its inputs on to the next one.
 */
export class Trace {
  readonly samples: TraceSample[] = []
  /** Samples that there were, those that are not kept any more among them. */
  taken = 0
  readonly frames: FrameSample[] = []
  #sent = new Map<number, Sent>()
  #records = new Map<number, FrameRecord>()
  #waiting: PresentedFrame[] = []
  #toBrowserMs: (edgeMs: number) => number | null
  #keep: number

  constructor(toBrowserMs: (edgeMs: number) => number | null, keep = 5000) {
    this.#toBrowserMs = toBrowserMs
    this.#keep = keep
  }

  sent(id: number, kind: TracedKind, atMs: number): void {
    this.#sent.set(id, { kind, atMs })
    if (this.#sent.size > maxPending) dropOldest(this.#sent)
  }

  record(record: FrameRecord): void {
    this.#records.set(record.rtpTimestamp, record)
    if (this.#records.size > maxRecords) dropOldest(this.#records)
    this.#settle(null)
  }

  presented(frame: PresentedFrame): void {
    this.#waiting.push(frame)
    this.#settle(frame.presentedAtMs)
  }

  /** Sent to received, of the frames that were shown after `sinceMs` and whose way is known. */
  waysMs(sinceMs: number): readonly number[] {
    const ways: number[] = []
    for (let n = this.frames.length - 1; n >= 0; n -= 1) {
      const frame = this.frames[n]
      if (frame === undefined || frame.presentedAtMs < sinceMs) break
      if (frame.receivedAtMs !== null) ways.push(frame.receivedAtMs - frame.sentAtMs)
    }
    return ways
  }

  /** Frames are settled in the order in which they were shown. */
  #settle(nowMs: number | null): void {
    for (let frame = this.#waiting[0]; frame !== undefined; frame = this.#waiting[0]) {
      const record = this.#records.get(frame.rtpTimestamp)
      if (record === undefined && (nowMs === null || nowMs - frame.presentedAtMs < recordPatienceMs)) return
      this.#waiting.shift()
      if (record !== undefined) this.#match(frame, record)
    }
  }

  #match(frame: PresentedFrame, record: FrameRecord): void {
    this.#records.delete(record.rtpTimestamp)
    const capturedAtMs = this.#toBrowserMs(record.capturedAtMs)
    const encodedAtMs = this.#toBrowserMs(record.encodedAtMs)
    const sentAtMs = this.#toBrowserMs(record.sentAtMs)
    if (capturedAtMs === null || encodedAtMs === null || sentAtMs === null) return
    const sample: FrameSample = { ...frame, capturedAtMs, encodedAtMs, sentAtMs, inputId: record.inputId }
    push(this.frames, sample, this.#keep)
    this.#matchInputs(sample, record)
  }

  /** The record carries the times of the last input applied; those before it are taken to have travelled as long. */
  #matchInputs(sample: FrameSample, record: FrameRecord): void {
    const edgeAtMs = this.#toBrowserMs(record.inputReceivedAtMs)
    const appliedAtMs = this.#toBrowserMs(record.inputAppliedAtMs)
    const last = this.#sent.get(record.inputId)
    const wayMs = last === undefined || appliedAtMs === null ? 0 : appliedAtMs - last.atMs
    for (const [id, sent] of this.#sent) {
      if (id > record.inputId) continue
      this.#sent.delete(id)
      if (sample.capturedAtMs - (sent.atMs + wayMs) > effectWithinMs) continue
      const own = id === record.inputId
      this.taken += 1
      push(
        this.samples,
        {
          ...sample,
          inputId: id,
          kind: sent.kind,
          inputAtMs: sent.atMs,
          edgeAtMs: own ? edgeAtMs : null,
          appliedAtMs: own ? appliedAtMs : null,
        },
        this.#keep,
      )
    }
  }
}

function dropOldest(map: Map<number, unknown>): void {
  const oldest = map.keys().next()
  if (oldest.done !== true) map.delete(oldest.value)
}

function push<T>(list: T[], item: T, keep: number): void {
  list.push(item)
  if (list.length > keep) list.splice(0, list.length - keep)
}

export interface StageSplit {
  readonly stage: 'edge' | 'applied' | 'captured' | 'encoded' | 'received' | 'presented'
  /** Null where either end of the stage is unknown. */
  readonly ms: number | null
}

/** What each stage of one input's way took, in order; `received` includes the sending. */
export function stagesOf(sample: TraceSample): readonly StageSplit[] {
  const times = [
    ['edge', sample.edgeAtMs],
    ['applied', sample.appliedAtMs],
    ['captured', sample.capturedAtMs],
    ['encoded', sample.encodedAtMs],
    ['received', sample.receivedAtMs],
    ['presented', sample.presentedAtMs],
  ] as const
  let before: number | null = sample.inputAtMs
  return times.map(([stage, atMs]) => {
    const ms = atMs === null || before === null ? null : atMs - before
    before = atMs
    return { stage, ms }
  })
}

/** Click-to-photon as far as a page can see it: DOM event to frame presented. */
export const totalMs = (sample: TraceSample): number => sample.presentedAtMs - sample.inputAtMs
