import { expect } from 'chai'
import * as fc from 'fast-check'
import { AV1RtpPayload, H264RtpPayload, Vp8RtpPayload, Vp9RtpPayload } from 'werift'
import { createPacketizer, MAX_PAYLOAD_BYTES } from '../../../edge/stream/packetize.ts'
import { packetizeAv1, splitObus } from '../../../edge/stream/packetize/av1.ts'
import { packetizeH264, splitAnnexB } from '../../../edge/stream/packetize/h264.ts'
import { packetizeVp8 } from '../../../edge/stream/packetize/vp8.ts'
import { packetizeVp9 } from '../../../edge/stream/packetize/vp9.ts'

const MAX = 1180
const limit = fc.integer({ min: 100, max: 1400 })
const pictureId = fc.nat({ max: 0x7fff })
const bytes = (maxLength: number) =>
  fc.uint8Array({ minLength: 1, maxLength, size: 'max' }).map((array) => Buffer.from(array))

/** werift's depacketizer gives Annex B with start codes of four bytes. */
function depacketizeH264(payloads: readonly Buffer[]): Buffer {
  let fragment: Buffer | undefined
  const parts = payloads.map((payload) => {
    const parsed = H264RtpPayload.deSerialize(payload, fragment)
    if (parsed.nalUnitType === 28) {
      expect(parsed.s && parsed.e, 'never start and end at once').to.equal(0)
      expect(parsed.s === 1, 'a start exactly where nothing is under way').to.equal(fragment === undefined)
    }
    fragment = parsed.fragment
    return parsed.payload ?? Buffer.alloc(0)
  })
  expect(fragment, 'an unfinished fragment').to.equal(undefined)
  return Buffer.concat(parts)
}

/** The OBUs of one temporal unit: werift parses the packets, whose Z and Y say what belongs together. */
function depacketizeAv1(payloads: readonly Buffer[]): Buffer[] {
  const obus: Buffer[] = []
  let pieces: Buffer[] = []
  let continued = 0
  for (const payload of payloads) {
    const packet = AV1RtpPayload.deSerialize(payload)
    expect(packet.zBit_RtpStartsWithFragment, 'Z repeats the Y before').to.equal(continued)
    continued = packet.yBit_RtpEndsWithFragment
    expect(packet.obu_or_fragment.length).to.equal(packet.w_RtpNumObus)
    packet.obu_or_fragment.forEach(({ data }, nth) => {
      expect(data.length, 'an empty element').above(0)
      pieces.push(data)
      if (nth === packet.w_RtpNumObus - 1 && continued === 1) return
      obus.push(Buffer.concat(pieces))
      pieces = []
    })
  }
  expect(continued, 'an unfinished OBU').to.equal(0)
  return obus
}

/** Units whose bytes cannot be mistaken for a start code. */
const unit = fc
  .tuple(fc.constantFrom(0x65, 0x41, 0x67, 0x68, 0x06), fc.uint8Array({ minLength: 1, maxLength: 5000 }))
  .map(([header, body]) => Buffer.from([header, ...body.map((byte) => byte | 1)]))
const annexB = (units: readonly Buffer[], codes: readonly number[]) =>
  Buffer.concat(units.flatMap((one, nth) => [Buffer.from(codes[nth] === 3 ? [0, 0, 1] : [0, 0, 0, 1]), one]))

describe('H.264 packets (RFC 6184)', () => {
  it('carry every unit of every frame, in order, within the size limit', () => {
    const frame = fc.array(fc.tuple(unit, fc.constantFrom(3, 4)), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(frame, limit, (parts, max) => {
        const units = parts.map(([one]) => one)
        const codes = parts.map(([, code]) => code)
        const payloads = packetizeH264(annexB(units, codes), max)
        for (const payload of payloads) expect(payload.length).at.most(max)
        const whole = annexB(units, new Array<number>(units.length).fill(4))
        expect(depacketizeH264(payloads).equals(whole)).to.equal(true)
      }),
    )
  })

  it('put parameter sets and a small slice into one STAP-A with the highest importance', () => {
    const units = [Buffer.from([0x67, 1, 2]), Buffer.from([0x68, 3]), Buffer.from([0x41, 4, 5])]
    const [only, ...others] = packetizeH264(annexB(units, [4, 4, 3]), MAX)
    expect(others).to.deep.equal([])
    expect(only?.[0]).to.equal(0x60 | 24)
  })

  it('split a large unit evenly, with no tiny last packet', () => {
    const payloads = packetizeH264(Buffer.concat([Buffer.from([0, 0, 1, 0x65]), Buffer.alloc(1200, 1)]), MAX)
    expect(payloads.map(({ length }) => length)).to.deep.equal([602, 602])
  })

  it('leave out delimiters and filler', () => {
    const units = [Buffer.from([0x09, 0xf0]), Buffer.from([0x0c, 0xff]), Buffer.from([0x41, 7])]
    expect(packetizeH264(annexB(units, [4, 4, 4]), MAX)).to.deep.equal([Buffer.from([0x41, 7])])
  })

  it('start from units without their start codes and padding', () => {
    const data = Buffer.from([0, 0, 0, 1, 0x67, 9, 0, 0, 0, 1, 0x68, 8, 0, 0, 1, 0x65, 7])
    expect(splitAnnexB(data).map((one) => [...one])).to.deep.equal([
      [0x67, 9],
      [0x68, 8],
      [0x65, 7],
    ])
    expect(splitAnnexB(Buffer.from([1, 2, 3]))).to.deep.equal([])
  })
})

describe('VP8 packets (RFC 7741)', () => {
  it('carry the frame whole, say where it starts, and number it with 15 bits', () => {
    fc.assert(
      fc.property(bytes(6000), pictureId, limit, (frame, id, max) => {
        const payloads = packetizeVp8(frame, id, max)
        const parts = payloads.map((payload, nth) => {
          expect(payload.length).at.most(max)
          const parsed = Vp8RtpPayload.deSerialize(payload)
          expect(parsed).to.include({ sBit: nth === 0 ? 1 : 0, pid: 0, nBit: 0, mBit: 1, pictureId: id })
          return parsed.payload
        })
        expect(Buffer.concat(parts).equals(frame)).to.equal(true)
      }),
    )
  })
})

/** VP9 bitstream specification section 6.2, profile 0: what of a key picture's header comes before its data. */
function vp9KeyHeader(widthPx: number, heightPx: number): Buffer {
  const bits = [
    ...['10', '0', '0', '0', '0', '1', '0', (0x498342).toString(2).padStart(24, '0'), '010', '0'],
    ...[widthPx - 1, heightPx - 1].map((side) => side.toString(2).padStart(16, '0')),
  ].join('')
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0')
  return Buffer.from((padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

describe('VP9 packets (RFC 9628)', () => {
  it('carry an inter picture whole, with both its ends marked and the picture before it as reference', () => {
    fc.assert(
      fc.property(bytes(6000), pictureId, limit, (body, id, max) => {
        const frame = Buffer.concat([Buffer.from([0x86]), body])
        const payloads = packetizeVp9(frame, id, max)
        const parts = payloads.map((payload, nth) => {
          expect(payload.length).at.most(max)
          const parsed = Vp9RtpPayload.deSerialize(payload)
          expect(parsed).to.include({ fBit: 1, pBit: 1, lBit: 0, vBit: 0, m: 1, pictureId: id })
          expect(parsed.pDiff).to.deep.equal([1])
          expect(parsed.bBit).to.equal(nth === 0 ? 1 : 0)
          expect(parsed.eBit).to.equal(nth === payloads.length - 1 ? 1 : 0)
          return parsed.payload
        })
        expect(Buffer.concat(parts).equals(frame)).to.equal(true)
      }),
    )
  })

  it('give the size of a key picture in the scalability structure of its first packet, and no reference', () => {
    const side = fc.integer({ min: 2, max: 4096 })
    fc.assert(
      fc.property(bytes(6000), side, side, limit, (body, widthPx, heightPx, max) => {
        const frame = Buffer.concat([vp9KeyHeader(widthPx, heightPx), body])
        const payloads = packetizeVp9(frame, 7, max)
        const parts = payloads.map((payload, nth) => {
          expect(payload.length).at.most(max)
          const parsed = Vp9RtpPayload.deSerialize(payload)
          expect(parsed).to.include({ fBit: 1, pBit: 0, vBit: nth === 0 ? 1 : 0 })
          if (nth === 0) expect(parsed).to.deep.include({ n_s: 0, width: [widthPx], height: [heightPx] })
          return parsed.payload
        })
        expect(Buffer.concat(parts).equals(frame)).to.equal(true)
      }),
    )
  })
})

describe('AV1 packets (AOM RTP specification)', () => {
  const leb128 = (value: number) =>
    value < 128 ? Buffer.from([value]) : Buffer.from([(value & 127) | 128, value >> 7])
  const obu = (type: number, body: Buffer, extension: boolean, sized: boolean) => {
    const header = (type << 3) | (extension ? 4 : 0) | (sized ? 2 : 0)
    const head = extension ? [header, 0x20] : [header]
    const size = sized ? leb128(body.length) : Buffer.alloc(0)
    return Buffer.concat([Buffer.from(head), size, body])
  }

  it('carry every OBU of every temporal unit, without size fields, within the size limit', () => {
    const one = fc.tuple(fc.constantFrom(1, 3, 4, 5, 6), bytes(5000), fc.boolean())
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        limit,
        (parts, keyframe, max) => {
          const unit = parts.map(([type, body, extension]) => obu(type, body, extension, true))
          const payloads = packetizeAv1(
            Buffer.concat([obu(2, Buffer.alloc(0), false, true), ...unit]),
            keyframe,
            max,
          )
          payloads.forEach((payload, nth) => {
            expect(payload.length).at.most(max)
            const starts = AV1RtpPayload.deSerialize(payload).nBit_RtpStartsNewCodedVideoSequence
            expect(starts).to.equal(keyframe && nth === 0 ? 1 : 0)
          })
          const sent = parts.map(([type, body, extension]) => obu(type, body, extension, false))
          expect(Buffer.concat(depacketizeAv1(payloads)).equals(Buffer.concat(sent))).to.equal(true)
          expect(depacketizeAv1(payloads).length).to.equal(sent.length)
        },
      ),
    )
  })

  it('leave out temporal delimiters, tile lists and padding', () => {
    const dropped = [2, 8, 15].map((type) => obu(type, Buffer.from([1]), false, true))
    const kept = obu(6, Buffer.from([9, 9]), false, true)
    expect(packetizeAv1(Buffer.concat([...dropped, kept]), false, MAX)).to.deep.equal([
      Buffer.from([0x10, 0x30, 9, 9]),
    ])
  })

  it('take a last OBU without a size field, and refuse one that ends after its unit', () => {
    expect(splitObus(obu(6, Buffer.from([5]), false, false))).to.deep.equal([Buffer.from([0x30, 5])])
    expect(() => splitObus(Buffer.from([0x32, 4, 1]))).to.throw(RangeError)
    expect(() => splitObus(Buffer.from([0x32, ...new Array<number>(9).fill(0x80)]))).to.throw(RangeError)
  })
})

describe('a packetizer', () => {
  const obuOf = (body: Buffer) => Buffer.concat([Buffer.from([0x30]), body])

  it('numbers pictures one after the other', () => {
    const data = Buffer.from([0x86, 1, 2])
    const vp8 = createPacketizer('vp8')
    const vp9 = createPacketizer('vp9')
    const first = { vp8: vp8({ data, keyframe: false }), vp9: vp9({ data, keyframe: false }) }
    const second = { vp8: vp8({ data, keyframe: false }), vp9: vp9({ data, keyframe: false }) }
    const idOf = (of: typeof first) => [
      Vp8RtpPayload.deSerialize(of.vp8[0] ?? data).pictureId,
      Vp9RtpPayload.deSerialize(of.vp9[0] ?? data).pictureId,
    ]
    expect(idOf(second)).to.deep.equal(idOf(first).map((id = 0) => id + 1))
  })

  for (const codec of ['h264', 'vp8', 'vp9', 'av1'] as const) {
    it(`keeps packets of ${codec} within what every path carries`, () => {
      const data = Buffer.concat([Buffer.from([0, 0, 1, 0x65]), Buffer.alloc(9000, 1)])
      const frame = codec === 'av1' ? obuOf(data) : data
      const sizes = createPacketizer(codec)({ data: frame, keyframe: true }).map(({ length }) => length)
      expect(Math.max(...sizes)).at.most(MAX_PAYLOAD_BYTES)
      expect(sizes.length).to.equal(Math.ceil(data.length / MAX_PAYLOAD_BYTES))
    })
  }
})
