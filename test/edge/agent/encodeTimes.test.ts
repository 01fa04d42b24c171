import { expect } from 'chai'
import { createEncodeTimes } from '../../../edge/agent/encodeTimes.ts'

describe('the encode times of a node', () => {
  const report = (encodeMs: number, fps = 60) => ({ report: { encodeMs, fps } })

  it('are the p95 of what its sessions reported, each report once', () => {
    const times = createEncodeTimes()
    expect(times.p95Ms).to.equal(null)
    const slow = report(40)
    for (let again = 0; again < 50; again++) times.note([slow])
    times.note(Array.from({ length: 39 }, () => report(6)))
    expect(times.p95Ms).to.equal(6)
    times.note([report(30), report(35)])
    expect(times.p95Ms).to.equal(30)
  })

  it('forget old reports and ignore sessions without frames', () => {
    const times = createEncodeTimes()
    times.note([report(90), report(0, 0)])
    times.note(Array.from({ length: 256 }, () => report(7)))
    expect(times.p95Ms).to.equal(7)
  })
})
