import { expect } from 'chai'
import * as fc from 'fast-check'
import { packetizeH264, splitAnnexB } from '../../../edge/stream/packetizeH264.ts'
import { packetizeVp8 } from '../../../edge/stream/packetizeVp8.ts'

const MAX = 1180

/** RFC 6184 section 5, written from the receiver's side. */
function depacketizeH264(payloads: readonly Buffer[]): Buffer[] {
  const units: Buffer[] = []
  let fragments: Buffer[] | null = null
  for (const payload of payloads) {
    const type = (payload[0] ?? 0) & 31
    if (type === 24) {
      for (let at = 1; at < payload.length; ) {
        const length = payload.readUInt16BE(at)
        units.push(payload.subarray(at + 2, at + 2 + length))
        at += 2 + length
      }
    } else if (type === 28) {
      const [indicator = 0, header = 0] = payload
      expect(header & 0xc0, 'never start and end at once').to.not.equal(0xc0)
      if (header & 0x80) fragments = [Buffer.from([(indicator & 0xe0) | (header & 0x1f)])]
      if (fragments === null) throw new Error('a fragment without a start')
      fragments.push(payload.subarray(2))
      if (header & 0x40) {
        units.push(Buffer.concat(fragments))
        fragments = null
      }
    } else {
      expect(type).within(1, 23)
      units.push(payload)
    }
  }
  expect(fragments, 'an unfinished fragment').to.equal(null)
  return units
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
      fc.property(frame, (parts) => {
        const units = parts.map(([one]) => one)
        const payloads = packetizeH264(
          annexB(
            units,
            parts.map(([, code]) => code),
          ),
          MAX,
        )
        for (const payload of payloads) expect(payload.length).at.most(MAX)
        expect(depacketizeH264(payloads)).to.deep.equal(units)
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
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 6000 }),
        fc.nat({ max: 0x7fff }),
        (bytes, pictureId) => {
          const frame = Buffer.from(bytes)
          const payloads = packetizeVp8(frame, pictureId, MAX)
          const parts = payloads.map((payload, nth) => {
            const [first = 0, extension = 0, high = 0, low = 0] = payload
            expect(payload.length).at.most(MAX)
            expect(first).to.equal(nth === 0 ? 0x90 : 0x80)
            expect(extension).to.equal(0x80)
            expect(high & 0x80, 'a long picture id').to.equal(0x80)
            expect(((high & 0x7f) << 8) | low).to.equal(pictureId)
            return payload.subarray(4)
          })
          expect(Buffer.concat(parts).equals(frame)).to.equal(true)
        },
      ),
    )
  })
})
