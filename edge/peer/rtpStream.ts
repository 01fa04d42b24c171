import { randomInt } from 'node:crypto'

/** A packet before it is encrypted: what a retransmission needs again. */
export interface SentPacket {
  readonly payload: Buffer
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly marker: boolean
  readonly sentAtMs: number
  /** When it last went out again; 0 = never. */
  resentAtMs: number
}

const SLOTS = 2048

/** The sending side of one RTP stream: numbers, what was sent lately, and the counts that a sender report carries. */
export class RtpStream {
  readonly ssrc: number
  readonly #history: (SentPacket | undefined)[] = new Array(SLOTS)
  readonly #keepMs: number
  #sequenceNumber = randomInt(0x8000)
  packets = 0
  octets = 0

  constructor(ssrc: number, keepMs: number) {
    this.ssrc = ssrc
    this.#keepMs = keepMs
  }

  /** Numbers a packet and remembers it. */
  next(payload: Buffer, timestamp: number, marker: boolean, nowMs: number): SentPacket {
    const sequenceNumber = this.#sequenceNumber
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff
    this.packets = (this.packets + 1) >>> 0
    this.octets = (this.octets + payload.length) >>> 0
    const packet = { payload, sequenceNumber, timestamp, marker, sentAtMs: nowMs, resentAtMs: 0 }
    if (this.#keepMs > 0) this.#history[sequenceNumber % SLOTS] = packet
    return packet
  }

  /**
   * The packet to send again, or null when it is unknown, too old to be of use, or went out again less than
   * `spacingMs` ago (several NACKs ask for the same packet within one round trip).
   */
  resend(sequenceNumber: number, nowMs: number, spacingMs: number): SentPacket | null {
    const packet = this.#history[sequenceNumber % SLOTS]
    if (packet === undefined || packet.sequenceNumber !== sequenceNumber) return null
    if (nowMs - packet.sentAtMs > this.#keepMs || nowMs - packet.resentAtMs < spacingMs) return null
    packet.resentAtMs = nowMs
    return packet
  }
}
