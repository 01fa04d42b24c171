import type { PacedPacket } from '../packet.ts'
import type { Pacer, PacerOptions } from './pacer.ts'
import { type Probe, startProbe } from './probe.ts'
import { createVideoQueue } from './videoQueue.ts'

/** What may leave at once after a pause: the queue of a slow link then holds no more than that of ours. */
const BURST_MS = 5
/** At very low rates a burst is still two packets: less would wait for a timer each. */
const MIN_BURST_BYTES = 2400
/** Video that would wait longer than this is dropped: a fresh picture later beats all old ones late. */
const MAX_WAIT_MS = 200
/** Retransmissions beyond this are left out; the browser asks again. */
const MAX_RETRANSMISSION_WAIT_MS = 100
/** Sound never waits, but what it takes is paid back by the others: up to here. */
const MAX_DEBT_MS = 500
const PADDING_BYTES = 1200
/** As good as no limit, and yet a number to reckon with. */
const MAX_RATE_BPS = 10e9

/** Audio at once, then retransmissions, protection, video, probe padding, at the rate set and in bursts of 5 ms at most. */
export function createPriorityPacer(options: PacerOptions): Pacer {
  const retransmissions: PacedPacket[] = []
  const protection: PacedPacket[] = []
  const video = createVideoQueue()
  const probes: Probe[] = []
  let bytesPerMs = MAX_RATE_BPS / 8000
  /** In ms at the present rate; below 0 while what left ahead of its time is paid back. */
  let budgetMs = BURST_MS
  let budgetAtMs = options.nowMs()
  let sideBytes = 0
  let cancel: (() => void) | null = null
  let sending = false

  const queuedBytes = () => video.bytes + sideBytes
  const waitMs = (bytes: number) => (bytes === 0 ? 0 : bytes / bytesPerMs)

  function refill(nowMs: number): void {
    const burstMs = Math.max(BURST_MS, MIN_BURST_BYTES / bytesPerMs)
    budgetMs = Math.min(burstMs, budgetMs + nowMs - budgetAtMs)
    budgetAtMs = nowMs
  }

  function next(): PacedPacket | undefined {
    const side = retransmissions.shift() ?? protection.shift()
    if (side === undefined) return video.shift()
    sideBytes -= side.bytes
    return side
  }

  function release(packet: PacedPacket, nowMs: number, probe: Probe | null): void {
    budgetMs = Math.max(budgetMs - packet.bytes / bytesPerMs, -MAX_DEBT_MS)
    probe?.sent(packet.bytes)
    packet.send(nowMs, probe?.id ?? null)
  }

  /** While a probe lasts its rate stands in for the pacing rate. */
  function sendProbe(probe: Probe, nowMs: number): void {
    while (!probe.over(nowMs) && probe.dueBytes(nowMs) > 0) {
      const packet = next() ?? options.padding(PADDING_BYTES)
      if (packet === null) return
      release(packet, nowMs, probe)
    }
  }

  function send(): void {
    // A packet's `send` may push its protection: that waits for the loop that is already running.
    if (sending) return
    sending = true
    const nowMs = options.nowMs()
    refill(nowMs)
    while (probes[0] !== undefined) {
      sendProbe(probes[0], nowMs)
      if (!probes[0].over(nowMs)) break
      probes.shift()
    }
    while (probes.length === 0 && budgetMs > 0) {
      const packet = next()
      if (packet === undefined) break
      release(packet, nowMs, null)
    }
    sending = false
    cancel?.()
    cancel = null
    if (probes.length === 0 && queuedBytes() === 0) return
    const dueMs = probes.length > 0 ? 1 : Math.max(1, Math.ceil(-budgetMs))
    cancel = options.after(dueMs, send)
  }

  function pushVideo(packets: readonly PacedPacket[]): void {
    if (waitMs(video.bytes) > MAX_WAIT_MS) video.dropToCleanPoint(MAX_WAIT_MS * bytesPerMs)
    video.push(packets)
    if (video.wantsKeyframe) options.onDropped()
  }

  return {
    push(packets) {
      switch (packets[0]?.kind) {
        case undefined:
          return
        case 'audio': {
          const nowMs = options.nowMs()
          refill(nowMs)
          for (const packet of packets) release(packet, nowMs, null)
          return
        }
        case 'retransmission':
          for (const packet of packets) {
            if (waitMs(sideBytes) > MAX_RETRANSMISSION_WAIT_MS) break
            retransmissions.push(packet)
            sideBytes += packet.bytes
          }
          break
        case 'fec':
          protection.push(...packets)
          for (const packet of packets) sideBytes += packet.bytes
          break
        case 'video':
        case 'probe':
          pushVideo(packets)
          break
      }
      send()
    },
    setRate(bps) {
      refill(options.nowMs())
      const before = bytesPerMs
      bytesPerMs = Math.min(Math.max(bps, 1), MAX_RATE_BPS) / 8000
      if (budgetMs < 0) budgetMs *= before / bytesPerMs
      if (queuedBytes() > 0) send()
    },
    probe(cluster) {
      probes.push(startProbe(cluster, options.nowMs()))
      send()
    },
    get queuedBytes() {
      return queuedBytes()
    },
    get queuedMs() {
      return waitMs(queuedBytes())
    },
    close() {
      cancel?.()
      cancel = null
      probes.length = 0
      retransmissions.length = 0
      protection.length = 0
      sideBytes = 0
      video.clear()
    },
  }
}
