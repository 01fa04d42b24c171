import { PacketStatus, RunLengthChunk, type TransportWideCC } from 'werift'
import type { TransportFeedback } from '../transport/congestion/feedback.ts'

/** Takes werift's coding of the message apart: its own reading of it leaves out the vector chunks. */
export function readTransportFeedback(message: TransportWideCC): TransportFeedback {
  const arrivalsMs: (number | null)[] = []
  let atMs = 0
  let nextDelta = 0

  function add(status: number): void {
    if (arrivalsMs.length === message.packetStatusCount) return
    const delta =
      status === PacketStatus.TypeTCCPacketReceivedSmallDelta ||
      status === PacketStatus.TypeTCCPacketReceivedLargeDelta
        ? message.recvDeltas[nextDelta++]
        : undefined
    if (delta === undefined) return void arrivalsMs.push(null)
    atMs += delta.delta / 1000
    arrivalsMs.push(atMs)
  }

  for (const chunk of message.packetChunks) {
    if (chunk instanceof RunLengthChunk) {
      for (let nth = 0; nth < chunk.runLength; nth++) add(chunk.packetStatus)
    } else {
      for (const symbol of chunk.symbolList) add(symbol)
    }
  }
  return { baseSequence: message.baseSequenceNumber, referenceTicks: message.referenceTime, arrivalsMs }
}
