import { expect } from 'chai'
import fc from 'fast-check'
import { readRtcp } from '../../../edge/peer/rtcpIn.ts'

/** 250 µs each; null for not arrived. */
type Delta = number | null

const statusOf = (delta: Delta) => (delta === null ? 0 : delta >= 0 && delta <= 255 ? 1 : 2)

interface Chunk {
  readonly word: number
  readonly count: number
}

/** Chooses among the codings that fit (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1.2 to 3.1.4). */
function chunkFor(statuses: readonly number[], choice: number): Chunk {
  const first = statuses[0] ?? 0
  let run = 0
  while (statuses[run] === first && run < 8191) run++
  const vector = (size: 1 | 2): Chunk => {
    const count = size === 1 ? 14 : 7
    let word = size === 1 ? 0b10 : 0b11
    for (let i = 0; i < count; i++) word = (word << size) | (statuses[i] ?? 0)
    return { word, count: Math.min(count, statuses.length) }
  }
  if (choice === 0) return { word: (first << 13) | run, count: run }
  return choice === 1 && statuses.slice(0, 14).every((status) => status < 2) ? vector(1) : vector(2)
}

/** As a browser writes it: RTCP header, chunks, deltas, padding to whole words. */
function encode(base: number, ticks: number, deltas: readonly Delta[], choices: readonly number[]): Buffer {
  const statuses = deltas.map(statusOf)
  const body: number[] = [
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    2,
    base >> 8,
    base & 255,
    deltas.length >> 8,
    deltas.length & 255,
  ]
  body.push((ticks >> 16) & 255, (ticks >> 8) & 255, ticks & 255, 7)
  for (let done = 0, nth = 0; done < statuses.length; nth++) {
    const { word, count } = chunkFor(statuses.slice(done), choices[nth % choices.length] ?? 0)
    body.push(word >> 8, word & 255)
    done += count
  }
  for (const delta of deltas) {
    if (delta === null) continue
    if (statusOf(delta) === 1) body.push(delta)
    else body.push((delta >> 8) & 255, delta & 255)
  }
  const padding = (4 - (body.length % 4)) % 4
  for (let i = 1; i <= padding; i++) body.push(i === padding ? padding : 0)
  const words = body.length / 4
  return Buffer.from([0x8f | (padding > 0 ? 0x20 : 0), 205, words >> 8, words & 255, ...body])
}

describe('transport-wide feedback', () => {
  it('is read as it was written, in every coding of the statuses', () => {
    const delta = fc.option(
      fc.oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: -32_768, max: 32_767 })),
      { freq: 4 },
    )
    const deltas = fc.oneof(
      fc.array(delta, { minLength: 1, maxLength: 60 }),
      fc
        .tuple(fc.integer({ min: 1, max: 1000 }), delta)
        .map(([count, same]) => Array<Delta>(count).fill(same)),
    )
    const choices = fc.array(fc.nat(2), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(2 ** 24 - 1), deltas, choices, (base, ticks, wanted, coding) => {
        const [message] = readRtcp(encode(base, ticks, wanted, coding))
        if (message?.kind !== 'transport') throw new Error('No transport-wide feedback was read.')
        const read = message.feedback
        expect([read.baseSequence, read.referenceTicks]).to.deep.equal([base, ticks])
        let atMs = 0
        expect(read.arrivalsMs).to.deep.equal(wanted.map((ms) => (ms === null ? null : (atMs += ms / 4))))
      }),
      { numRuns: 100 },
    )
  })
})
