import { spawn } from 'node:child_process'

const rateHz = 48_000
const clickMs = 5
/** What the server holds before it plays. Asking for less makes it, and everyone who records it, wake up far more often. */
const latencyMs = 20
const toneHz = 2000
const amplitude = 28_000

/** A short loud tone and then silence, so that the server has what it wants to hold and plays at once. */
function clickSamples(): Buffer {
  const frames = (rateHz / 1000) * clickMs
  const pcm = Buffer.alloc((rateHz / 1000) * (clickMs + latencyMs) * 4)
  for (let i = 0; i < frames; i++) {
    const value = Math.round(amplitude * Math.sin((2 * Math.PI * toneHz * i) / rateHz))
    pcm.writeInt16LE(value, i * 4)
    pcm.writeInt16LE(value, i * 4 + 2)
  }
  return pcm
}

/** A way to click at once: a stream to the session's sound server that stays open. Silent where there is none. */
export function openClicker(): { click(): void } {
  const player = spawn(
    'pacat',
    [
      '--playback',
      '--raw',
      `--rate=${rateHz}`,
      '--channels=2',
      '--format=s16le',
      `--latency-msec=${latencyMs}`,
    ],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  )
  let open = true
  const closed = (): void => {
    open = false
  }
  player.on('error', closed).on('exit', closed)
  player.stdin.on('error', closed)
  const pcm = clickSamples()
  return { click: () => void (open && player.stdin.write(pcm)) }
}
