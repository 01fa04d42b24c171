import type { PacedPacket } from '../packet.ts'

/** Video that waits, first in, first out, and what of it to drop when it has waited for too long. */
export interface VideoQueue {
  readonly bytes: number
  push(packets: readonly PacedPacket[]): void
  peek(): PacedPacket | undefined
  shift(): PacedPacket | undefined
  /** Drops all but what a decoder can still start with, within `maxBytes` where possible. */
  dropToCleanPoint(maxBytes: number): void
  /** What comes next is of use only from a keyframe on, and is dropped up to there. */
  readonly wantsKeyframe: boolean
  clear(): void
}

export function createVideoQueue(): VideoQueue {
  let packets: PacedPacket[] = []
  let head = 0
  let bytes = 0
  /** The last frame of which a packet has left. */
  let underWay = -1
  /** Everything up to the next keyframe refers to what was dropped. */
  let broken = false

  const keep = (kept: PacedPacket[]): void => {
    packets = kept
    head = 0
    bytes = sizeOf(kept)
  }

  return {
    get bytes() {
      return bytes
    },
    get wantsKeyframe() {
      return broken
    },
    push(added) {
      for (const packet of added) {
        if (packet.keyframe) broken = false
        if (broken) continue
        packets.push(packet)
        bytes += packet.bytes
      }
    },
    peek: () => packets[head],
    shift() {
      const packet = packets[head]
      if (packet === undefined) return undefined
      head++
      bytes -= packet.bytes
      underWay = packet.frame
      if (head === packets.length || head > 1024) {
        packets = packets.slice(head)
        head = 0
      }
      return packet
    },
    dropToCleanPoint(maxBytes) {
      const waiting = packets.slice(head)
      // A keyframe that has begun to leave is worth more than a newer one: at a low rate none would ever arrive.
      const keyframe =
        waiting.find((packet) => packet.keyframe && packet.frame === underWay) ??
        waiting.findLast((packet) => packet.keyframe)
      if (keyframe === undefined) {
        broken = true
        return keep([])
      }
      const from = waiting.findIndex((packet) => packet.frame === keyframe.frame)
      const whole = waiting.slice(from)
      if (sizeOf(whole) <= maxBytes) return keep(whole)
      const alone = whole.filter((packet) => packet.frame === keyframe.frame)
      if (alone.length < whole.length) broken = true
      return keep(alone)
    },
    clear() {
      keep([])
    },
  }
}

const sizeOf = (packets: readonly PacedPacket[]): number =>
  packets.reduce((sum, packet) => sum + packet.bytes, 0)
