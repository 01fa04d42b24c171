import { expect } from 'chai'
import { type AudioBlock, encodeRed, redundantBlocks } from '../../../edge/transport/protect/red.ts'

/** RFC 2198 section 3, read back. */
function decode(payload: Buffer, timestamp: number): { type: number; timestamp: number; text: string }[] {
  const headers: { type: number; offset: number; length: number | null }[] = []
  let at = 0
  for (let more = true; more; ) {
    const first = payload.readUInt8(at)
    more = (first & 0x80) !== 0
    const rest = more ? payload.readUIntBE(at + 1, 3) : 0
    headers.push({ type: first & 0x7f, offset: rest >> 10, length: more ? rest & 0x3ff : null })
    at += more ? 4 : 1
  }
  return headers.map(({ type, offset, length }) => {
    const end = length === null ? payload.length : at + length
    const text = payload.subarray(at, end).toString()
    at = end
    return { type, timestamp: (timestamp - offset) >>> 0, text }
  })
}
const block = (text: string, timestamp: number): AudioBlock => ({ payload: Buffer.from(text), timestamp })

describe('redundant audio', () => {
  it('carries earlier blocks with their own times, oldest first, also where the clock wraps', () => {
    const payload = encodeRed(
      111,
      [block('one', 2 ** 32 - 500), block('two', 2 ** 32 - 20)],
      block('three', 460),
    )
    expect(decode(payload, 460)).to.deep.equal([
      { type: 111, timestamp: 2 ** 32 - 500, text: 'one' },
      { type: 111, timestamp: 2 ** 32 - 20, text: 'two' },
      { type: 111, timestamp: 460, text: 'three' },
    ])
  })

  it('leaves out what its fields cannot say: too long ago, or too large', () => {
    const earlier = [block('old', 1000), block('x'.repeat(1024), 19_520), block('near', 19_760)]
    expect(
      decode(encodeRed(111, earlier, block('own', 20_000)), 20_000).map(({ text }) => text),
    ).to.deep.equal(['near', 'own'])
  })

  it('is sent when packets get lost and there is room for it', () => {
    const cases = [
      [0, 5e6, 0],
      [0.01, 5e6, 1],
      [0.1, 5e6, 2],
      [0.1, 500_000, 0],
    ] as const
    for (const [loss, targetBps, blocks] of cases) expect(redundantBlocks(loss, targetBps)).to.equal(blocks)
  })
})
