import { spawn } from 'node:child_process'

const rateHz = 48_000
const clickMs = 5
const toneHz = 2000
const amplitude = 28_000

/** 5 ms of a loud tone and 5 ms of silence, so that the server has what it wants to hold before it plays. */
function clickSamples(): Buffer {
  const frames = (rateHz / 1000) * clickMs
  const pcm = Buffer.alloc(2 * frames * 4)
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
      `--latency-msec=${clickMs}`,
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
