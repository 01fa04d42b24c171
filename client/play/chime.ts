/** Hz and start in s: a fifth, upwards. */
const tones = [
  [587, 0],
  [880, 0.16],
] as const
const ringS = 0.5
const loudness = 0.12

/** Calls somebody who is in another tab. Silent where the page has not been touched yet: browsers want it so. */
export function chime(): void {
  const audio = new AudioContext()
  for (const [hz, startS] of tones) {
    const at = audio.currentTime + startS
    const tone = new OscillatorNode(audio, { type: 'sine', frequency: hz })
    const volume = new GainNode(audio, { gain: 0 })
    volume.gain.setValueAtTime(0, at)
    volume.gain.linearRampToValueAtTime(loudness, at + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.001, at + ringS)
    tone.connect(volume).connect(audio.destination)
    tone.start(at)
    tone.stop(at + ringS)
    if (hz === tones.at(-1)?.[0]) tone.addEventListener('ended', () => void audio.close())
  }
}
