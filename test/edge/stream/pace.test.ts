import { expect } from 'chai'
import { createBurstPacer, createNoPacer, type Pacer } from '../../../edge/stream/pace.ts'

const packets = (count: number) => Array.from({ length: count }, (_, nth) => Buffer.from([nth]))

function send(pacer: Pacer, count: number): { sent: number[]; lasts: number[]; done: Promise<void> } {
  const sent: number[] = []
  const lasts: number[] = []
  const done = new Promise<void>((resolve) => {
    const write = (payload: Buffer, last: boolean) => {
      sent.push(payload[0] ?? -1)
      if (last) lasts.push(payload[0] ?? -1)
    }
    pacer.send(packets(count), write, resolve)
  })
  return { sent, lasts, done }
}

const pacers: [string, () => Pacer][] = [
  ['no pacer', createNoPacer],
  ['burst pacer', () => createBurstPacer({ burstPackets: 4, everyMs: 1 })],
]
for (const [name, create] of pacers) {
  describe(name, () => {
    it('sends every packet once, in order, and marks the last', async () => {
      const pacer = create()
      const { sent, lasts, done } = send(pacer, 10)
      await done
      expect(sent).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      expect(lasts).to.deep.equal([9])
      pacer.close()
    })
  })
}

describe('burst pacer', () => {
  it('sends a burst at once and a later frame behind what waits', async () => {
    const pacer = createBurstPacer({ burstPackets: 4, everyMs: 1 })
    const first = send(pacer, 6)
    const second = send(pacer, 2)
    expect([first.sent.length, second.sent.length]).to.deep.equal([4, 0])
    await Promise.all([first.done, second.done])
    expect([first.sent.length, second.sent.length]).to.deep.equal([6, 2])
    pacer.close()
  })

  it('drops what waits when closed', () => {
    const pacer = createBurstPacer({ burstPackets: 1, everyMs: 1 })
    const { sent } = send(pacer, 3)
    pacer.close()
    expect(sent).to.deep.equal([0])
  })
})
