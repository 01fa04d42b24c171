import { expect } from 'chai'
import fc from 'fast-check'
import { createNoPacer } from '../../../edge/transport/pacer/none.ts'
import type { PacerOptions } from '../../../edge/transport/pacer/pacer.ts'
import { createPriorityPacer } from '../../../edge/transport/pacer/priority.ts'
import type { PacedPacket, PacketKind } from '../../../edge/transport/packet.ts'

interface Left {
  readonly name: string
  readonly bytes: number
  readonly atMs: number
  readonly probeId: number | null
}

/** A clock that only moves when told to; timers come on whole ms, as Node's do. */
function rig(options: { padding?: boolean } = {}) {
  const left: Left[] = []
  let nowMs = 1000
  let timer: { readonly atMs: number; readonly callback: () => void } | null = null
  let dropped = 0
  const packet = (
    kind: PacketKind,
    name: string,
    bytes: number,
    frame = -1,
    keyframe = false,
    onSend?: () => void,
  ): PacedPacket => ({
    kind,
    bytes,
    frame,
    keyframe,
    send(atMs, probeId) {
      left.push({ name, bytes, atMs, probeId })
      onSend?.()
    },
  })
  const pacerOptions: PacerOptions = {
    nowMs: () => nowMs,
    after(ms, callback) {
      timer = { atMs: nowMs + Math.max(1, Math.floor(ms)), callback }
      return () => {
        timer = null
      }
    },
    padding: (bytes) => (options.padding === false ? null : packet('probe', 'padding', bytes)),
    onDropped: () => dropped++,
  }
  const frame = (number: number, count: number, keyframe = false) =>
    Array.from({ length: count }, (_, nth) => packet('video', `${number}.${nth}`, 1000, number, keyframe))
  function advance(ms: number): void {
    const endMs = nowMs + ms
    while (timer !== null && timer.atMs <= endMs) {
      const { atMs, callback } = timer
      timer = null
      nowMs = atMs
      callback()
    }
    nowMs = endMs
  }
  return {
    pacer: createPriorityPacer(pacerOptions),
    left,
    packet,
    frame,
    advance,
    names: () => left.map(({ name }) => name),
    dropped: () => dropped,
  }
}

const mbps = (value: number) => value * 1_000_000

describe('priority pacer', () => {
  it('lets a frame leave at once on a fast path', () => {
    const { pacer, frame, left } = rig()
    pacer.setRate(mbps(100))
    pacer.push(frame(0, 60))
    expect(left.length).to.equal(60)
  })

  it('sends all at once when nothing limits the rate', () => {
    const { pacer, frame, left } = rig()
    pacer.setRate(Number.POSITIVE_INFINITY)
    pacer.push(frame(0, 5000, true))
    expect(left.length).to.equal(5000)
    expect(pacer.queuedMs).to.equal(0)
  })

  it('sends sound before all, then repairs, protection, video', () => {
    const { pacer, frame, packet, names, advance } = rig()
    pacer.setRate(mbps(1))
    pacer.push(frame(0, 6))
    const before = names().length
    pacer.push(frame(1, 1))
    pacer.push([packet('fec', 'fec', 1000)])
    pacer.push([packet('retransmission', 'rtx', 1000)])
    pacer.push([packet('audio', 'audio', 100)])
    advance(200)
    const rest = ['0.0', '0.1', '0.2', '0.3', '0.4', '0.5'].slice(before)
    expect(rest.length).above(1)
    expect(names().slice(before)).to.deep.equal(['audio', 'rtx', 'fec', ...rest, '1.0'])
  })

  it('does not let sound wait behind a long backlog', () => {
    const { pacer, frame, packet, left, advance } = rig()
    pacer.setRate(mbps(1))
    pacer.push(frame(0, 100, true))
    for (let nth = 0; nth < 50; nth++) {
      pacer.push([packet('audio', `audio`, 160)])
      expect(left.at(-1)?.name).to.equal('audio')
      advance(10)
    }
    expect(left.filter(({ name }) => name !== 'audio').length).above(50)
  })

  it('sends what protects a frame when that frame has left, and before the next', () => {
    const { pacer, frame, packet, names, advance } = rig()
    pacer.setRate(mbps(2))
    const protect = () => pacer.push([packet('fec', 'fec', 1000)])
    pacer.push([...frame(0, 2), packet('video', '0.last', 1000, 0, false, protect), ...frame(1, 1)])
    advance(100)
    expect(names()).to.deep.equal(['0.0', '0.1', '0.last', 'fec', '1.0'])
  })

  it('never sends more than the rate and one burst of 5 ms, over any stretch of time, and loses nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 30 })), {
          maxLength: 25,
        }),
        (rate, frames) => {
          const { pacer, frame, left, advance } = rig()
          pacer.setRate(mbps(rate))
          let pushed = 0
          for (const [index, [count, pauseMs]] of frames.entries()) {
            // A keyframe that is under way is never dropped: all is one frame.
            pacer.push(frame(0, count, true))
            pushed += count
            expect(index).to.be.a('number')
            advance(pauseMs)
          }
          advance(20_000)
          expect(left.length).to.equal(pushed)
          const bytesPerMs = (rate * 1000) / 8
          const burst = Math.max(2400, bytesPerMs * 5) + 1000
          for (let from = 0; from < left.length; from++) {
            let bytes = 0
            for (let to = from; to < left.length; to++) {
              bytes += left[to]?.bytes ?? 0
              const overMs = (left[to]?.atMs ?? 0) - (left[from]?.atMs ?? 0)
              expect(bytes).at.most(overMs * bytesPerMs + burst + 1)
            }
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('keeps to its rate while there is something to send', () => {
    const { pacer, frame, left, advance } = rig()
    pacer.setRate(mbps(8))
    pacer.push(frame(0, 3000, true))
    advance(1000)
    const bytes = left.reduce((sum, packet) => sum + packet.bytes, 0)
    expect(bytes).within(995_000, 1_010_000)
    expect(pacer.queuedMs).closeTo(2000, 20)
    expect(pacer.queuedBytes).to.equal(3_000_000 - bytes)
  })

  it('follows a new rate at once', () => {
    const { pacer, frame, left, advance } = rig()
    pacer.setRate(mbps(0.1))
    pacer.push(frame(0, 50, true))
    advance(5)
    expect(left.length).below(5)
    pacer.setRate(mbps(1000))
    advance(2)
    expect(left.length).to.equal(50)
  })

  describe('whose video waits for too long', () => {
    it('drops all of it, asks for a keyframe, and goes on with that', () => {
      const { pacer, frame, names, advance, dropped } = rig()
      pacer.setRate(mbps(1))
      for (let number = 0; number < 6; number++) pacer.push(frame(number, 5))
      expect(dropped()).to.equal(0)
      const before = names().length
      pacer.push(frame(6, 5))
      expect(dropped()).to.equal(1)
      expect(pacer.queuedBytes).to.equal(0)
      pacer.push(frame(7, 5))
      expect(dropped(), 'again: the first request may have been in vain').to.equal(2)
      pacer.push(frame(8, 5, true))
      pacer.push(frame(9, 5))
      advance(1000)
      expect(names().slice(before)).to.deep.equal([
        ...frame(8, 5).map((_, nth) => `8.${nth}`),
        ...frame(9, 5).map((_, nth) => `9.${nth}`),
      ])
      expect(dropped()).to.equal(2)
    })

    it('begins with a waiting keyframe rather than ask for another', () => {
      const { pacer, frame, names, advance, dropped } = rig()
      pacer.setRate(mbps(1))
      for (let number = 0; number < 5; number++) pacer.push(frame(number, 5))
      pacer.push(frame(5, 5, true))
      const before = names().length
      pacer.push(frame(6, 5))
      advance(1000)
      expect(dropped()).to.equal(0)
      expect(
        names()
          .slice(before)
          .map((name) => name.split('.')[0]),
      ).to.deep.equal([...Array.from({ length: 5 }, () => '5'), ...Array.from({ length: 5 }, () => '6')])
    })

    it('finishes a keyframe that is under way, however long it takes, or none would ever arrive', () => {
      const { pacer, frame, names, advance, dropped } = rig()
      pacer.setRate(mbps(1))
      pacer.push(frame(0, 100, true))
      for (let number = 1; number < 40; number++) {
        pacer.push(frame(number, 2, number % 10 === 0))
        advance(16)
      }
      advance(2000)
      expect(names().filter((name) => name.startsWith('0.')).length).to.equal(100)
      expect(dropped()).above(0)
    })
  })

  describe('with a probe', () => {
    const cluster = { id: 3, rateBps: mbps(8), minPackets: 5, minBytes: 15_000 }

    it('fills up with padding to the rate of the probe, and marks what belongs to it', () => {
      const { pacer, left, advance } = rig()
      pacer.setRate(mbps(1))
      pacer.probe(cluster)
      advance(100)
      const bytes = left.reduce((sum, packet) => sum + packet.bytes, 0)
      expect(bytes).within(15_000, 16_300)
      expect(left.every(({ probeId }) => probeId === 3)).to.equal(true)
      const tookMs = (left.at(-1)?.atMs ?? 0) - (left[0]?.atMs ?? 0)
      expect(((bytes - 1200) * 8) / tookMs / 1000).closeTo(8, 1.6)
    })

    it('sends media in it first', () => {
      const { pacer, frame, left, advance } = rig()
      pacer.setRate(mbps(1))
      pacer.push(frame(0, 10, true))
      const before = left.length
      pacer.probe(cluster)
      advance(100)
      const probe = left.slice(before)
      expect(probe.slice(0, 10 - before).every(({ name }) => name.startsWith('0.'))).to.equal(true)
      expect(probe.at(-1)?.name).to.equal('padding')
    })

    it('gives it up where there is nothing to send', () => {
      const { pacer, frame, left, advance } = rig({ padding: false })
      pacer.setRate(mbps(10))
      pacer.probe(cluster)
      advance(2000)
      expect(left).to.deep.equal([])
      pacer.push(frame(0, 3))
      expect(left.map(({ probeId }) => probeId)).to.deep.equal([null, null, null])
    })
  })

  it('sends nothing after it was closed', () => {
    const { pacer, frame, left, advance } = rig()
    pacer.setRate(mbps(1))
    pacer.push(frame(0, 20))
    const before = left.length
    pacer.close()
    advance(1000)
    expect(left.length).to.equal(before)
    expect(pacer.queuedBytes).to.equal(0)
  })
})

describe('no pacer', () => {
  it('sends everything at once, in order', () => {
    const { frame, packet, names } = rig()
    const pacer = createNoPacer({ nowMs: () => 0 })
    pacer.push(frame(0, 3))
    pacer.push([packet('audio', 'audio', 10)])
    expect(names()).to.deep.equal(['0.0', '0.1', '0.2', 'audio'])
    expect(pacer.queuedMs).to.equal(0)
  })
})
