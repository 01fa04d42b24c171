import { createOpusEncoder } from '../media/opusEncoder.ts'
import type { Peer } from '../peer/peer.ts'
import type { SoundServer } from '../sound/sound.ts'
import { createAudioClock } from './audioClock.ts'
import { createQuietGate } from './quietGate.ts'

/** Short blocks: each ms of block is a ms that sound lags behind the picture. */
const BLOCK_MS = 10

export interface AudioOptions {
  readonly sound: Pick<SoundServer, 'record'>
  readonly peer: Pick<Peer, 'sendAudio'>
  readonly bitrateBps: number
  /** The encoder broke: sound has stopped, the picture goes on. */
  onFailed(error: Error): void
}

export interface AudioCounters {
  blocks: number
  packetsSent: number
  bytesSent: number
}

export interface AudioStream extends AsyncDisposable {
  readonly counters: Readonly<AudioCounters>
}

/** record → encode (Opus, RFC 7587: one packet a block, nothing around it) → transmit. Silence costs next to nothing. */
export async function startAudio(options: AudioOptions): Promise<AudioStream> {
  const counters: AudioCounters = { blocks: 0, packetsSent: 0, bytesSent: 0 }
  const encoder = await createOpusEncoder({ blockMs: BLOCK_MS, bitrateBps: options.bitrateBps })
  const clock = createAudioClock(encoder.blockSamples)
  const gate = createQuietGate(BLOCK_MS)
  let failed = false

  function block(pcm: Buffer, capturedAtUs: number): void {
    if (failed) return
    counters.blocks++
    const timestamp = clock.next(capturedAtUs / 1000)
    if (!gate.wanted(pcm)) return
    try {
      const packet = encoder.encode(pcm)
      if (packet === null) return
      counters.packetsSent++
      counters.bytesSent += packet.length
      options.peer.sendAudio(packet, timestamp)
    } catch (error) {
      failed = true
      options.onFailed(error as Error)
    }
  }

  try {
    const recording = await options.sound.record(BLOCK_MS, block)
    return {
      counters,
      async [Symbol.asyncDispose]() {
        failed = true
        await recording[Symbol.asyncDispose]()
        encoder.close()
      },
    }
  } catch (error) {
    encoder.close()
    throw error
  }
}
