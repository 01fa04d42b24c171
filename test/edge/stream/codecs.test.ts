import { expect } from 'chai'
import type { Decoder } from '../../../config/protocol/stream.ts'
import { chooseCodecs, type CodecFacts, type EncoderSpeeds } from '../../../edge/stream/codecChoice.ts'
import { type CodecSample, createCodecFallback } from '../../../edge/stream/codecFallback.ts'
import type { VideoCodec } from '../../../edge/stream/stages.ts'

const quick: EncoderSpeeds = { h264: 2, vp8: 3, vp9: 6, av1: 5 }
const slow: EncoderSpeeds = { h264: 5, vp8: 7, vp9: 17, av1: 13 }
const decoder = (codec: VideoCodec, hardware: boolean, smooth = true): Decoder => ({
  codec,
  hardware,
  smooth,
})

const choose = (facts: Partial<CodecFacts>) =>
  chooseCodecs({
    decoders: [],
    speeds: quick,
    widthPx: 1280,
    heightPx: 720,
    fps: 60,
    bitrateBps: 8_000_000,
    ...facts,
  })

describe('the choice of codecs', () => {
  it('is H.264 and VP8 until the encoders have been measured', () => {
    expect(choose({ speeds: null })).to.deep.equal(['h264', 'vp8'])
  })

  it('begins with H.264, the quickest to encode', () => {
    expect(choose({})[0]).to.equal('h264')
    expect(choose({})).to.have.members(['h264', 'vp8', 'vp9', 'av1'])
  })

  it('prefers what the browser decodes in hardware', () => {
    const decoders = [decoder('av1', false), decoder('vp9', true)]
    expect(choose({ decoders: [...decoders, decoder('h264', false)] })[0]).to.equal('vp9')
    expect(choose({ decoders: [...decoders, decoder('h264', true)] })[0]).to.equal('h264')
  })

  it('begins with AV1 where bits are scarce', () => {
    expect(choose({ bitrateBps: 1_000_000 })[0]).to.equal('av1')
    expect(choose({ bitrateBps: 1_000_000, speeds: slow })[0]).to.equal('h264')
  })

  it('puts last what the browser does not decode smoothly', () => {
    expect(choose({ decoders: [decoder('h264', true, false), decoder('vp8', false)] }).at(-1)).to.equal(
      'h264',
    )
  })

  it('leaves out what this node cannot encode in time, at this size and rate', () => {
    expect(choose({ speeds: slow })).to.have.members(['h264', 'vp8'])
    expect(choose({ speeds: slow, fps: 30 })).to.have.members(['h264', 'vp8', 'vp9', 'av1'])
    expect(choose({ speeds: slow, fps: 30, widthPx: 1920, heightPx: 1080 })).to.have.members(['h264', 'vp8'])
    expect(choose({ speeds: { h264: 5 } })[0]).to.equal('h264')
  })

  it('keeps the two that every browser has where all are too slow', () => {
    expect(choose({ speeds: slow, fps: 120 })).to.have.members(['h264', 'vp8'])
  })
})

describe('a codec that falls behind', () => {
  const start = (codecs: readonly [VideoCodec, ...VideoCodec[]], hardware: VideoCodec[] = []) =>
    createCodecFallback({ codecs, decodedInHardware: new Set(hardware) })
  const fine = { encodeMs: 4, decode: { decodeMs: 3, fps: 60, framesDropped: 0, periodMs: 2000 } }
  const slowEncode = { ...fine, encodeMs: 16 }
  const slowDecode = { ...fine, decode: { ...fine.decode, decodeMs: 17 } }

  /** Samples two seconds apart from `fromS` until `untilS`; the changes with their times. */
  function run(
    fallback: ReturnType<typeof start>,
    sample: Omit<CodecSample, 'nowMs' | 'fps'>,
    fromS: number,
    untilS: number,
  ): [number, VideoCodec][] {
    const changes: [number, VideoCodec][] = []
    for (let s = fromS; s <= untilS; s += 2) {
      const next = fallback.sample({ ...sample, fps: 60, nowMs: s * 1000 })
      if (next !== null) changes.push([s, next])
    }
    return changes
  }

  it('is given up after some seconds for one that is lighter to encode', () => {
    const fallback = start(['av1', 'vp9', 'h264', 'vp8'])
    expect(run(fallback, slowEncode, 0, 8)).to.deep.equal([[6, 'h264']])
    expect(fallback.current).to.equal('h264')
  })

  it('is given up for one that is lighter to decode, in hardware if there is one', () => {
    expect(run(start(['vp9', 'h264', 'vp8']), slowDecode, 0, 6)).to.deep.equal([[6, 'h264']])
    expect(run(start(['h264', 'vp9', 'vp8'], ['vp9']), slowDecode, 0, 6)).to.deep.equal([[6, 'vp9']])
  })

  it('is given up for dropped frames where the decoder is busy, not in a tab that shows nothing', () => {
    const dropping = { decodeMs: 10, fps: 30, framesDropped: 40, periodMs: 2000 }
    expect(run(start(['vp9', 'h264']), { encodeMs: 4, decode: dropping }, 0, 6)).to.have.length(1)
    const hidden = { ...dropping, decodeMs: 3 }
    expect(run(start(['vp9', 'h264']), { encodeMs: 4, decode: hidden }, 0, 60)).to.deep.equal([])
  })

  it('is kept while trouble is short, or half of the time', () => {
    const fallback = start(['av1', 'h264'])
    for (let s = 0; s < 120; s += 4) {
      expect(run(fallback, slowEncode, s, s), `at ${s} s`).to.deep.equal([])
      expect(run(fallback, fine, s + 2, s + 2)).to.deep.equal([])
    }
  })

  it('is kept through a long pause, of which nothing is known', () => {
    const fallback = start(['av1', 'h264'])
    run(fallback, slowEncode, 0, 2)
    expect(run(fallback, slowEncode, 600, 600)).to.deep.equal([])
  })

  it('is never gone back to, however bad the next one is', () => {
    const fallback = start(['av1', 'vp9', 'h264', 'vp8'])
    const changes = [...run(fallback, slowEncode, 0, 60), ...run(fallback, slowDecode, 62, 200)]
    const codecs = changes.map(([, codec]) => codec)
    expect(new Set(codecs).size).to.equal(codecs.length)
    expect(codecs).to.not.include('av1')
  })

  it('is kept where nothing lighter is left, or nothing is encoded', () => {
    expect(run(start(['h264', 'vp9']), slowEncode, 0, 60)).to.deep.equal([])
    expect(run(start(['av1', 'h264']), { encodeMs: null, decode: null }, 0, 60)).to.deep.equal([])
  })

  it('has time to settle after a change before it is judged', () => {
    const [first, second] = run(start(['av1', 'h264', 'vp8']), slowDecode, 0, 60)
    expect((second?.[0] ?? 0) - (first?.[0] ?? 0)).at.least(8)
  })
})
