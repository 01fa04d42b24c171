import { expect } from 'chai'
import { createDisplayAdvice } from '../../../edge/stream/displayAdvice.ts'

describe('display advice', () => {
  const phase = { tickAtMs: 100, intervalMs: 20, pathMs: 5, marginMs: 3 }
  let nowMs = 0
  const advice = createDisplayAdvice(() => nowMs)

  it('is believed while it is fresh and forgotten when the browser falls silent', () => {
    expect(advice.read()).to.equal(null)
    advice.set(phase)
    nowMs += 1_900
    expect(advice.read()).to.deep.equal(phase)
    nowMs += 200
    expect(advice.read()).to.equal(null)
  })

  it('never holds a frame back by more than a third of an interval', () => {
    advice.set({ ...phase, marginMs: 50 })
    expect(advice.read()?.marginMs).to.equal(6)
  })

  it('can be taken back', () => {
    advice.set(phase)
    advice.set(null)
    expect(advice.read()).to.equal(null)
  })
})
