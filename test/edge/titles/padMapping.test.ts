import { expect } from 'chai'
import type { PadInput } from '../../../config/protocol/input.ts'
import { heldByPad } from '../../../edge/titles/padMapping.ts'

const map = {
  buttons: { '0': 'Space', '7': 'Mouse0', '14': 'ArrowLeft' },
  axes: { '0': { negative: 'ArrowLeft', positive: 'ArrowRight' } },
}
const pad = (change: Partial<PadInput>): PadInput => ({
  type: 'pad',
  id: 1,
  clientAtMs: 0,
  index: 0,
  connected: true,
  buttons: 0,
  axes: [0, 0, 0, 0],
  triggers: [0, 0],
  ...change,
})
const nothing = new Set<string>()

describe('a pad on a title that knows only keys', () => {
  it('presses the key of each button that is down', () => {
    expect([...heldByPad(map, nothing, pad({ buttons: 0b1 }))]).to.deep.equal(['Space'])
  })

  it('treats a trigger as a button, by its bit or by how far it is pulled', () => {
    expect([...heldByPad(map, nothing, pad({ buttons: 1 << 7 }))]).to.deep.equal(['Mouse0'])
    expect([...heldByPad(map, nothing, pad({ triggers: [0, 0.6] }))]).to.deep.equal(['Mouse0'])
  })

  it('ignores a stick at rest and does not let go at the first tremble', () => {
    const at = (x: number, before: ReadonlySet<string>) => heldByPad(map, before, pad({ axes: [x, 0, 0, 0] }))
    expect([...at(0.3, nothing)]).to.deep.equal([])
    const held = at(0.55, nothing)
    expect([...held]).to.deep.equal(['ArrowRight'])
    expect([...at(0.4, held)]).to.deep.equal(['ArrowRight'])
    expect([...at(0.3, held)]).to.deep.equal([])
    expect([...at(-0.9, held)]).to.deep.equal(['ArrowLeft'])
  })

  it('keeps a key down while either of two controls holds it', () => {
    const both = heldByPad(map, nothing, pad({ buttons: 1 << 14, axes: [-1, 0, 0, 0] }))
    const stickOnly = heldByPad(map, both, pad({ axes: [-1, 0, 0, 0] }))
    expect([...stickOnly]).to.deep.equal([...both])
  })

  it('lets everything go when it is unplugged', () => {
    const held = heldByPad(map, nothing, pad({ buttons: 1 }))
    expect([...heldByPad(map, held, pad({ connected: false, buttons: 1 }))]).to.deep.equal([])
  })
})
