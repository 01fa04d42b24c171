import { expect } from 'chai'
import { AVCOL_RANGE_MPEG, AVCOL_SPC_SMPTE170M } from 'node-av/constants'
import { allocatePicture, type Picture } from '../../../edge/media/picture.ts'
import {
  createVideoEncoder,
  type EncodedPicture,
  type VideoEncoder,
} from '../../../edge/media/videoEncoder.ts'
import { createDecoder } from './decoder.ts'

const widthPx = 640
const heightPx = 360

/** A picture that rate control has to work for: noise, another one each time. */
function paintNoise(picture: Picture, seed: number): void {
  let state = seed * 2_654_435_761 + 1
  for (const plane of picture.planes) {
    for (let at = 0; at < plane.bytes.length; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      plane.bytes[at] = 96 + (state >>> 26)
    }
  }
}

async function encodeFrames(
  encoder: VideoEncoder,
  picture: Picture,
  count: number,
  from = 0,
): Promise<EncodedPicture[]> {
  const encoded: EncodedPicture[] = []
  for (let nth = from; nth < from + count; nth++) {
    paintNoise(picture, nth)
    const one = await encoder.encode(picture, (nth * 1_000_000) / 60)
    if (one !== null) encoded.push(one)
  }
  return encoded
}

const bitsPerSecond = (frames: readonly EncodedPicture[]) =>
  (frames.reduce((sum, { data }) => sum + data.length, 0) * 8 * 60) / frames.length

for (const codec of ['h264', 'vp8', 'vp9', 'av1'] as const) {
  describe(`${codec} encoder`, () => {
    const open = (bitrateBps: number) =>
      createVideoEncoder({ codec, widthPx, heightPx, fps: 60, bitrateBps, threads: 1 })
    let picture: Picture
    beforeEach(() => {
      picture = allocatePicture(widthPx, heightPx)
    })
    afterEach(() => picture.close())

    it('writes frames that another decoder shows in the same colours', async () => {
      const encoder = await open(4_000_000)
      const decoder = await createDecoder(codec)
      const wanted = [81, 90, 240]
      for (let nth = 0; nth < 5; nth++) {
        picture.planes.forEach((plane, index) => plane.bytes.fill(wanted[index] ?? 0))
        const encoded = await encoder.encode(picture, nth * 16_667)
        const decoded = encoded && decoder.decode(encoded.data)
        expect(decoded).to.include({ widthPx, heightPx })
        decoded?.at(100, 100).forEach((value, index) => expect(value).closeTo(wanted[index] ?? 0, 3))
        if (codec === 'h264') {
          expect(decoded).to.include({ colorSpace: AVCOL_SPC_SMPTE170M, colorRange: AVCOL_RANGE_MPEG })
        }
      }
      encoder.close()
      decoder.close()
    })

    it('makes a keyframe first and exactly where asked, each one decodable from nothing', async () => {
      const encoder = await open(4_000_000)
      const encoded = await encodeFrames(encoder, picture, 6)
      encoder.requestKeyframe()
      encoded.push(...(await encodeFrames(encoder, picture, 6, 6)))
      expect(
        encoded.map(({ keyframe }, nth) => (keyframe ? nth : -1)).filter((nth) => nth >= 0),
      ).to.deep.equal([0, 6])
      const late = await createDecoder(codec)
      expect(late.decode(encoded[6]?.data ?? Buffer.alloc(0))).to.not.equal(null)
      late.close()
      encoder.close()
    })

    it('follows a changed bitrate', async () => {
      const encoder = await open(6_000_000)
      await encodeFrames(encoder, picture, 20)
      const before = bitsPerSecond(await encodeFrames(encoder, picture, 60, 20))
      encoder.setBitrate(1_500_000)
      await encodeFrames(encoder, picture, 30, 80)
      const after = bitsPerSecond(await encodeFrames(encoder, picture, 60, 110))
      expect(after).below(before / 2)
      encoder.close()
    })
  })
}

describe('h264 encoder', () => {
  it('never lets a frame burst far beyond its share of the rate', async () => {
    const picture = allocatePicture(widthPx, heightPx)
    const encoder = await createVideoEncoder({
      codec: 'h264',
      widthPx,
      heightPx,
      fps: 60,
      bitrateBps: 6_000_000,
      threads: 1,
    })
    const frames = await encodeFrames(encoder, picture, 60)
    const share = 6_000_000 / 60 / 8
    expect(Math.max(...frames.map(({ data }) => data.length))).below(share * 5)
    encoder.close()
    picture.close()
  })

  it('says constrained baseline in its parameter sets, as the answer promises', async () => {
    const picture = allocatePicture(widthPx, heightPx)
    const encoder = await createVideoEncoder({
      codec: 'h264',
      widthPx,
      heightPx,
      fps: 60,
      bitrateBps: 6_000_000,
      threads: 1,
    })
    const encoded = await encoder.encode(picture, 0)
    const data = encoded?.data ?? Buffer.alloc(0)
    const parameterSet = data.indexOf(Buffer.from([0, 0, 1, 0x67])) + 4
    expect(data[parameterSet], 'profile_idc').to.equal(66)
    expect((data[parameterSet + 1] ?? 0) & 0x40, 'constraint_set1').to.equal(0x40)
    encoder.close()
    picture.close()
  })
})
