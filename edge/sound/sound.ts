/** A session's own sound server with one null sink, and the PCM that the game plays into it. */
export interface SoundServer extends AsyncDisposable {
  /** Native-protocol socket to hand to the sandbox (`PULSE_SERVER=unix:...`). */
  readonly socketFile: string
  readonly exited: Promise<{ reason: string }>
  /**
   * Starts recording: interleaved s16le stereo at 48 kHz in whole blocks of `blockMs` (10 ms = 1920 bytes).
   * `pcm` holds only until the callback returns. `capturedAtUs` is the wall-clock time of the block's first sample, in microseconds.
   */
  record(blockMs: number, onBlock: (pcm: Buffer, capturedAtUs: number) => void): Promise<AsyncDisposable>
}
