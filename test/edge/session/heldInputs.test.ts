import { expect } from 'chai'
import { heldTimeoutMs } from '../../../config/protocol/input.ts'
import { HeldInputs, type Stroke } from '../../../edge/session/heldInputs.ts'

const key = (evdev: number, down: boolean): Stroke => ({ kind: 'key', evdev, down })
const report = (id: number, keys: readonly number[], buttons = 0) => ({ id, keys, buttons })

describe('held inputs', () => {
  it('press and release once, however often it is said', () => {
    const held = new HeldInputs()
    expect(held.stroke(key(30, true), 'hands', 1)).to.deep.equal([key(30, true)])
    expect(held.stroke(key(30, true), 'hands', 2)).to.deep.equal([])
    expect(held.stroke(key(30, false), 'hands', 3)).to.deep.equal([key(30, false)])
    expect(held.stroke(key(30, false), 'hands', 4)).to.deep.equal([])
  })

  it('are all released when nothing has been heard for the timeout, and not before', () => {
    const held = new HeldInputs()
    held.heard(1000)
    held.stroke(key(30, true), 'hands', 1)
    held.stroke({ kind: 'button', button: 0, down: true }, 'hands', 2)
    expect(held.expire(1000 + heldTimeoutMs - 1)).to.deep.equal([])
    expect(held.expire(1000 + heldTimeoutMs)).to.deep.equal([
      key(30, false),
      { kind: 'button', button: 0, down: false },
    ])
    expect(held.size).to.equal(0)
  })

  it('are pressed again when the channel comes back and they are held still', () => {
    const held = new HeldInputs()
    held.stroke(key(30, true), 'hands', 1)
    held.stroke(key(31, true), 'hands', 2)
    held.heard(0)
    held.expire(heldTimeoutMs)
    expect(held.reconcile(report(3, [30]))).to.deep.equal([key(30, true)])
    expect(held.reconcile(report(4, [30, 31])), 'was let go meanwhile').to.deep.equal([])
  })

  it('are released when the browser no longer names them', () => {
    const held = new HeldInputs()
    held.stroke(key(30, true), 'hands', 1)
    held.stroke({ kind: 'button', button: 2, down: true }, 'hands', 2)
    expect(held.reconcile(report(3, [30], 0b100))).to.deep.equal([])
    expect(held.reconcile(report(4, [], 0))).to.have.length(2)
  })

  it('survive a report that was sent before they were pressed', () => {
    const held = new HeldInputs()
    held.stroke(key(30, true), 'hands', 5)
    expect(held.reconcile(report(4, []))).to.deep.equal([])
    expect(held.size).to.equal(1)
  })

  it('ignore reports out of order', () => {
    const held = new HeldInputs()
    held.stroke(key(30, true), 'hands', 1)
    held.reconcile(report(5, [30]))
    expect(held.reconcile(report(3, []))).to.deep.equal([])
  })

  it('do not turn a tap that is still under way into two', () => {
    const held = new HeldInputs()
    // the report overtakes the press on the other channel
    expect(held.reconcile(report(6, [30]))).to.deep.equal([])
    expect(held.stroke(key(30, true), 'hands', 5)).to.deep.equal([key(30, true)])
    expect(held.stroke(key(30, false), 'hands', 7)).to.deep.equal([key(30, false)])
  })

  it('stay down as long as either hands or pad hold them', () => {
    const held = new HeldInputs()
    held.stroke(key(57, true), 'hands', 1)
    expect(held.stroke(key(57, true), 'pad', 2)).to.deep.equal([])
    expect(held.stroke(key(57, false), 'hands', 3)).to.deep.equal([])
    expect(held.reconcile(report(4, []))).to.deep.equal([])
    expect(held.stroke(key(57, false), 'pad', 5)).to.deep.equal([key(57, false)])
  })
})
