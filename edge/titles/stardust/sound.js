'use strict'

/** Every sound is made here: short tones and noise, no files. */
const sound = (() => {
  const context = new AudioContext({ latencyHint: 'interactive' })
  const master = new GainNode(context, { gain: 0.35 })
  master.connect(context.destination)

  const noise = new AudioBuffer({ length: context.sampleRate, sampleRate: context.sampleRate })
  noise.getChannelData(0).forEach((_, i, samples) => (samples[i] = Math.random() * 2 - 1))

  const fade = (volume, seconds) => {
    const gain = new GainNode(context, { gain: volume })
    gain.gain.exponentialRampToValueAtTime(0.001, context.currentTime + seconds)
    gain.connect(master)
    return gain
  }
  const tone = (type, fromHz, toHz, seconds, volume, delay = 0) => {
    const at = context.currentTime + delay
    const oscillator = new OscillatorNode(context, { type, frequency: fromHz })
    oscillator.frequency.exponentialRampToValueAtTime(toHz, at + seconds)
    oscillator.connect(fade(volume, delay + seconds))
    oscillator.start(at)
    oscillator.stop(at + seconds)
  }
  const crash = (seconds, volume, hz) => {
    const source = new AudioBufferSourceNode(context, { buffer: noise })
    const filter = new BiquadFilterNode(context, { type: 'lowpass', frequency: hz })
    source.connect(filter).connect(fade(volume, seconds))
    source.start(0, Math.random() * 0.5, seconds)
  }
  return {
    shot: () => tone('square', 880, 220, 0.09, 0.16),
    hit: (size) => crash(0.12 + size * 0.12, 0.5, 700 + 900 / size),
    star: () => [660, 880, 1320].forEach((hz, i) => tone('triangle', hz, hz, 0.12, 0.3, i * 0.05)),
    wave: () =>
      [330, 440, 550, 660].forEach((hz, i) => tone('sawtooth', hz, hz * 1.01, 0.18, 0.14, i * 0.09)),
    lost: () => {
      crash(0.9, 0.9, 500)
      tone('sawtooth', 300, 40, 0.8, 0.4)
    },
  }
})()
