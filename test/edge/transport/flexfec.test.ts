import { expect } from 'chai'
import fc from 'fast-check'
import { createFlexfec } from '../../../edge/transport/protect/flexfec.ts'
import { encodeRepair } from '../../../edge/transport/protect/flexfec03.ts'
import { interleave } from '../../../edge/transport/protect/groups.ts'
import { noProtector } from '../../../edge/transport/protect/none.ts'
import { fecOverhead } from '../../../edge/transport/protect/overhead.ts'
import type { ProtectedPacket } from '../../../edge/transport/protect/protector.ts'

const SSRC = 0xc0ffee

/** Which numbers a repair packet speaks of: draft-ietf-payload-flexible-fec-scheme-03, section 4.2, figures 6 to 9. */
function readMask(repair: Buffer): { ssrc: number; numbers: number[]; bodyAt: number } {
  expect((repair[0] ?? 0) >> 6, 'R and F').to.equal(0)
  expect(repair[8], 'one protected stream').to.equal(1)
  const base = repair.readUInt16BE(16)
  const bits = [...repair.subarray(18)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const fields = [bits.slice(0, 16), bits.slice(16, 48), bits.slice(48, 112)]
  const last = fields.findIndex((field) => field.startsWith('1'))
  const mask = fields
    .slice(0, last + 1)
    .map((field) => field.slice(1))
    .join('')
  return {
    ssrc: repair.readUInt32BE(12),
    numbers: [...mask].flatMap((bit, offset) => (bit === '1' ? [(base + offset) & 0xffff] : [])),
    bodyAt: 18 + [2, 6, 14][last]!,
  }
}

const wire = ({ header, payload }: ProtectedPacket) => Buffer.concat([header, payload])

/** Section 6.3: the missing packet from the repair packet and all the others of its group; null where more than one is missing. */
function rebuild(repair: Buffer, received: ReadonlyMap<number, Buffer>): Buffer | null {
  const { ssrc, numbers, bodyAt } = readMask(repair)
  const missing = numbers.filter((number) => !received.has(number))
  const others = numbers.flatMap((number) => received.get(number) ?? [])
  if (missing.length !== 1) return null
  const sum = (at: number, repairAt: number) =>
    others.reduce((value, packet) => value ^ (packet[at] ?? 0), repair[repairAt] ?? 0)
  const length = others.reduce((value, packet) => value ^ (packet.length - 12), repair.readUInt16BE(2))
  const packet = Buffer.alloc(12 + length)
  packet[0] = 0x80 | (sum(0, 0) & 0x3f)
  packet[1] = sum(1, 1)
  packet.writeUInt16BE(missing[0] ?? 0, 2)
  for (let at = 4; at < 8; at++) packet[at] = sum(at, at)
  packet.writeUInt32BE(ssrc, 8)
  for (let at = 0; at < length; at++) packet[12 + at] = sum(12 + at, bodyAt + at)
  return packet
}

const frameOf = (first: number, sizes: readonly number[]): ProtectedPacket[] =>
  sizes.map((size, nth) => {
    const header = Buffer.alloc(nth === 0 ? 28 : 20)
    header[0] = 0x90
    header[1] = 96 | (nth === sizes.length - 1 ? 0x80 : 0)
    header.writeUInt16BE((first + nth) & 0xffff, 2)
    header.writeUInt32BE(0x80706050, 4)
    header.writeUInt32BE(SSRC, 8)
    header.writeUInt32BE(0xbede0000 + header.length / 4 - 4, 12)
    const payload = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + nth * 31 + size) & 0xff))
    return { sequenceNumber: (first + nth) & 0xffff, header, payload }
  })
const received = (packets: readonly ProtectedPacket[], lost: (nth: number) => boolean): Map<number, Buffer> =>
  new Map(packets.filter((_, nth) => !lost(nth)).map((packet) => [packet.sequenceNumber, wire(packet)]))

const frames = fc.tuple(
  fc.integer({ min: 0, max: 0xffff }),
  fc.array(fc.integer({ min: 1, max: 1200 }), { minLength: 1, maxLength: 140 }),
)

describe('FlexFEC', () => {
  it('rebuilds any one lost packet of each group, byte for byte', () => {
    fc.assert(
      fc.property(frames, fc.double({ min: 0.05, max: 0.6, noNaN: true }), ([first, sizes], overhead) => {
        const packets = frameOf(first, sizes)
        for (const repair of createFlexfec(SSRC).protect(packets, overhead)) {
          const { numbers } = readMask(repair)
          for (const number of new Set([numbers[0], numbers.at(-1), numbers[numbers.length >> 1]])) {
            const lost = packets.find((packet) => packet.sequenceNumber === number)
            const rebuilt = rebuild(
              repair,
              received(packets, (nth) => packets[nth] === lost),
            )
            expect(rebuilt?.equals(wire(lost!))).to.equal(true)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('rebuilds a burst as long as there are repair packets', () => {
    fc.assert(
      fc.property(frames, fc.nat(), ([first, sizes], seed) => {
        const packets = frameOf(first, sizes)
        const repairs = createFlexfec(SSRC).protect(packets, 0.5)
        // Each block of a long frame has its share of them.
        const burst = Math.floor(repairs.length / Math.ceil(packets.length / 109))
        const from = seed % packets.length
        const got = received(packets, (nth) => nth >= from && nth < from + burst)
        for (const repair of repairs) {
          const { numbers } = readMask(repair)
          const missing = numbers.find((number) => !got.has(number))
          const rebuilt = rebuild(repair, got)
          if (missing !== undefined && rebuilt !== null) got.set(missing, rebuilt)
        }
        expect(packets.every((packet) => got.get(packet.sequenceNumber)?.equals(wire(packet)))).to.equal(true)
      }),
      { numRuns: 60 },
    )
  })

  it('protects every packet once anything is protected, with as many repair packets as were asked for over time', () => {
    const protector = createFlexfec(SSRC)
    let repairs = 0
    for (let nth = 0; nth < 100; nth++) {
      const packets = frameOf(
        nth * 9,
        Array.from({ length: 9 }, () => 100),
      )
      const made = protector.protect(packets, 0.12)
      repairs += made.length
      const covered = new Set(made.flatMap((repair) => readMask(repair).numbers))
      if (made.length > 0) expect(covered.size).to.equal(9)
    }
    expect(repairs).within(107, 108)
  })

  it('costs nothing where none is asked for, and none is none', () => {
    const packets = frameOf(0, [100, 100])
    expect(createFlexfec(SSRC).protect(packets, 0)).to.deep.equal([])
    expect(noProtector.protect(packets, 1)).to.deep.equal([])
  })

  it('refuses a group that its mask cannot hold', () => {
    const far = [...frameOf(0, [10]), ...frameOf(109, [10])]
    expect(() => encodeRepair(SSRC, far)).to.throw(RangeError)
  })
})

describe('groups of a frame', () => {
  it('hold each packet exactly once, neighbours apart, none beyond the span', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 5, max: 109 }),
        (packets, repairs, span) => {
          const groups = interleave(packets, repairs, span)
          expect(groups.flat().toSorted((a, b) => a - b)).to.deep.equal(
            Array.from({ length: packets }, (_, index) => index),
          )
          for (const group of groups) expect((group.at(-1) ?? 0) - (group[0] ?? 0)).below(span)
        },
      ),
    )
  })
})

describe('the share of protection', () => {
  const cases: [string, number, number | null, boolean, number, number][] = [
    ['nothing is lost', 0, 100, false, 0, 0],
    ['hardly anything is lost', 0.002, 100, true, 0, 0],
    ['a retransmission is as quick', 0.05, 10, true, 0, 0],
    ['2 % are lost on a longer way', 0.02, 60, false, 0.1, 0.2],
    ['2 % of a keyframe are lost', 0.02, 60, true, 0.15, 0.3],
    ['the way is not known yet', 0.02, null, false, 0.1, 0.2],
    ['the way is between near and far', 0.02, 25, false, 0.03, 0.1],
    ['half is lost', 0.5, 60, true, 0.5, 0.5],
  ]
  for (const [when, lossRatio, rttMs, keyframe, least, most] of cases) {
    it(`is ${least === most ? least : `${least} to ${most}`} when ${when}`, () => {
      const path = { lossRatio, lossBurst: 3, rttMs }
      expect(fecOverhead(path, { packets: 20, keyframe }, () => false)).within(least, most)
    })
  }

  it('grows with the loss', () => {
    const frame = { packets: 20, keyframe: false }
    const shares = [0.005, 0.01, 0.03, 0.06].map((lossRatio) =>
      fecOverhead({ lossRatio, lossBurst: 1, rttMs: 60 }, frame, () => false),
    )
    expect(shares).to.deep.equal(shares.toSorted((a, b) => a - b))
  })

  it('outlasts most bursts where the path has room for it, and protection is of use', () => {
    const lossy = { lossRatio: 0.02, lossBurst: 5, rttMs: 60 }
    const taken: number[] = []
    const room = (packets: number) => taken.push(packets) > 0
    expect(fecOverhead(lossy, { packets: 16, keyframe: false }, room)).to.equal(0.5)
    expect(fecOverhead(lossy, { packets: 1, keyframe: false }, room)).to.equal(1)
    expect(taken, 'beyond what the picture gives').to.deep.equal([8 - 16 * 0.16, 1 - 0.16])
    expect(fecOverhead(lossy, { packets: 16, keyframe: false }, () => false)).to.equal(0.16)
    expect(fecOverhead({ ...lossy, rttMs: 5 }, { packets: 16, keyframe: false }, room)).to.equal(0)
    expect(fecOverhead({ ...lossy, lossBurst: 1 }, { packets: 100, keyframe: false }, room)).to.equal(0.16)
  })
})
