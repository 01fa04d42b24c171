import { expect } from 'chai'
import { createHistory } from '../../../edge/transport/history.ts'
import { createRateMeter } from '../../../edge/transport/rateMeter.ts'
import { createRepairBudget } from '../../../edge/transport/repairBudget.ts'
import { videoShareBps } from '../../../edge/transport/videoShare.ts'

describe('history of sent packets', () => {
  it('gives a lost packet again, once a round trip, while it can still be of use', () => {
    const history = createHistory<string>(1000)
    history.add(7, 'seven', 100)
    expect(history.resend(7, 150, 110)).to.equal('seven')
    expect(history.resend(7, 180, 140), 'asked twice').to.equal(null)
    expect(history.resend(7, 195, 155), 'lost again').to.equal('seven')
    history.sentAgain(7, 207)
    expect(history.resend(7, 240, 200), 'its copy is on its way').to.equal(null)
    expect(history.resend(7, 1101, 1061), 'too old').to.equal(null)
    expect(history.resend(8, 195, 155), 'never sent').to.equal(null)
  })

  it('reaches back over its whole time at any rate, and over the end of the numbers', () => {
    const history = createHistory<number>(1000)
    const perMs = 8 // 77 Mbit/s
    for (let nth = 0; nth < 1000 * perMs; nth++) history.add((65_000 + nth) & 0xffff, nth, nth / perMs)
    for (let nth = 0; nth < 1000 * perMs; nth++) {
      expect(history.resend((65_000 + nth) & 0xffff, 1000, 1000)).to.equal(nth)
    }
  })

  it('does not mistake a new packet for the one whose slot it took', () => {
    const history = createHistory<string>(10)
    for (let nth = 0; nth < 70_000; nth++) history.add(nth & 0xffff, `${nth}`, nth)
    expect(history.resend(69_999 & 0xffff, 69_999, 69_999)).to.equal('69999')
    expect(history.resend(69_980 & 0xffff, 69_999, 69_999), 'too old').to.equal(null)
    expect(history.resend((69_999 - 0x8000) & 0xffff, 69_999, 69_999)).to.equal(null)
  })

  it('has nothing of before it was told to forget', () => {
    const history = createHistory<string>(1000)
    history.add(1, 'one', 0)
    history.forget()
    history.add(2, 'two', 1)
    expect([history.resend(1, 2, 2), history.resend(2, 2, 2)]).to.deep.equal([null, 'two'])
  })
})

describe('repair budget', () => {
  it('is a share of the rate over time, with half a second of it at once', () => {
    const budget = createRepairBudget(0.25)
    const targetBps = 8_000_000 // 250 bytes a ms for repairs
    const taken = (nowMs: number) => {
      let bytes = 0
      while (budget.take(1000, nowMs, targetBps)) bytes += 1000
      return bytes
    }
    expect(taken(0)).to.equal(125_000)
    expect(taken(100)).to.equal(25_000)
    expect(taken(10_000)).to.equal(125_000)
  })
})

describe('rate meter', () => {
  it('tells the rate of the last second, and forgets what is older', () => {
    const meter = createRateMeter(1000)
    for (let atMs = 0; atMs < 5000; atMs += 10) meter.add(1250, atMs)
    expect(meter.bps(4999)).closeTo(1_000_000, 20_000)
    expect(meter.bps(5500)).closeTo(500_000, 60_000)
    expect(meter.bps(9000)).to.equal(0)
  })
})

describe('the video’s share of the rate', () => {
  const idle = { audioBps: 0, repairBps: 0, protectionBps: 0, videoBps: 0 }

  it('is what sound, headers, repairs and protection leave', () => {
    expect(videoShareBps(1_000_000, idle)).closeTo(975_000, 1)
    const busy = { audioBps: 100_000, repairBps: 50_000, protectionBps: 150_000, videoBps: 800_000 }
    expect(videoShareBps(1_100_000, busy)).closeTo(1_000_000 * 0.8 * 0.975, 1)
  })

  it('is never negative, and never less than half for repairs alone', () => {
    expect(videoShareBps(50_000, { ...idle, audioBps: 100_000 })).to.equal(0)
    expect(videoShareBps(1_000_000, { ...idle, repairBps: 900_000, videoBps: 1 })).closeTo(487_500, 1)
  })
})
