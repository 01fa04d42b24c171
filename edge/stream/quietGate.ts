/** Silence is sent whole for this long, then only now and then: the browser fills the rest with silence itself. */
const HANGOVER_MS = 400
const REMINDER_MS = 200

/** Which blocks of sound are worth a packet. */
export function createQuietGate(blockMs: number): { wanted(pcm: Buffer): boolean } {
  let silentMs = 0
  let silence = Buffer.alloc(0)
  return {
    wanted(pcm) {
      if (silence.length !== pcm.length) silence = Buffer.alloc(pcm.length)
      if (!pcm.equals(silence)) {
        silentMs = 0
        return true
      }
      silentMs += blockMs
      return silentMs <= HANGOVER_MS || silentMs % REMINDER_MS === 0
    },
  }
}
