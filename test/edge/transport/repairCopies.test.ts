import { expect } from 'chai'
import type { PacedPacket } from '../../../edge/transport/packet.ts'
import { createRepairCopies } from '../../../edge/transport/repairCopies.ts'

const repair: PacedPacket = { kind: 'retransmission', bytes: 1000, frame: -1, keyframe: false, send() {} }

function setUp() {
  const pushed: number[] = []
  const timers: { ms: number; callback: () => void; off: boolean }[] = []
  const copies = createRepairCopies({
    push: (packets) => pushed.push(packets.length),
    after(ms, callback) {
      const timer = { ms, callback, off: false }
      timers.push(timer)
      return () => {
        timer.off = true
      }
    },
  })
  const fire = () => {
    for (const { callback, off } of timers.splice(0)) if (!off) callback()
  }
  return { copies, pushed, timers, fire }
}

describe('repairs', () => {
  it('leave once where few packets are lost, twice where many are, and once more where they are lost in bursts', () => {
    const { copies, pushed, timers, fire } = setUp()
    copies.send([repair], { lossRatio: 0.01, lossBurst: 5 })
    expect([pushed.length, timers.length]).to.deep.equal([1, 0])
    copies.send([repair, repair], { lossRatio: 0.05, lossBurst: 1 })
    expect(pushed).to.deep.equal([1, 2])
    expect(timers[0]?.ms).to.be.within(8, 20)
    fire()
    expect(pushed).to.deep.equal([1, 2, 2])
    copies.send([repair], { lossRatio: 0.05, lossBurst: 3 })
    fire()
    expect(pushed).to.deep.equal([1, 2, 2, 1, 1, 1])
  })

  it('make no copy of nothing, and none after the end', () => {
    const { copies, pushed, timers, fire } = setUp()
    copies.send([], { lossRatio: 0.05, lossBurst: 1 })
    expect(timers.length).to.equal(0)
    copies.send([repair], { lossRatio: 0.05, lossBurst: 3 })
    copies.close()
    fire()
    expect(pushed).to.deep.equal([0, 1])
  })
})
