import { expect } from 'chai'
import fc from 'fast-check'
import type { PadInput, TouchInput } from '../../../config/protocol/input.ts'
import type { InputSink } from '../../../edge/session/inputRouter.ts'
import { shareSink } from '../../../edge/session/sharedSink.ts'

/** A title that refuses what no keyboard can do: a key that is pressed twice or released twice. */
function title() {
  const down = new Set<string>()
  const pads: PadInput[] = []
  const touches: TouchInput[] = []
  let typing = false
  const strike = (name: string, isDown: boolean): void => {
    expect(down.has(name), `${name} changes`).to.equal(!isDown)
    if (isDown) down.add(name)
    else down.delete(name)
  }
  const sink: InputSink = {
    key: (evdev, isDown) => strike(`k${evdev}`, isDown),
    button: (button, isDown) => strike(`b${button}`, isDown),
    pointer() {},
    move() {},
    wheel() {},
    text() {
      typing = true
    },
    releaseAll() {
      down.clear()
      typing = false
    },
    touch: (touch) => touches.push(touch),
    pad: (pad) => pads.push(pad),
  }
  return { sink, down, pads, touches, isTyping: () => typing }
}

const stamp = { id: 1, clientAtMs: 0 }
const pad = (index: number, connected = true): PadInput => ({
  ...stamp,
  type: 'pad',
  index,
  connected,
  buttons: 1,
  axes: [0, 0, 0, 0],
  triggers: [0, 0],
})
const touch = (touchId: number, phase: TouchInput['phase'] = 'start'): TouchInput => ({
  ...stamp,
  type: 'touch',
  phase,
  touchId,
  x: 0,
  y: 0,
})

describe('a title in the hands of several players', () => {
  it('holds exactly what any of them holds, whoever presses, releases, pastes and leaves in whatever order', () => {
    const player = fc.integer({ min: 1, max: 4 })
    const deed = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({ what: fc.constant('key'), player, code: fc.nat(3), down: fc.boolean() }),
      },
      fc.record({
        what: fc.constantFrom('text', 'leave'),
        player,
        code: fc.constant(0),
        down: fc.constant(false),
      }),
    )
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const { sink, down, isTyping } = title()
        const shared = shareSink(sink)
        const holds = new Map<number, Set<string>>([1, 2, 3, 4].map((number) => [number, new Set()]))
        for (const { what, player: number, code, down: isDown } of deeds) {
          const own = holds.get(number) ?? new Set()
          const view = shared.of(number)
          if (what === 'text') view.text('hello', 0)
          else if (what === 'leave') {
            view.releaseAll()
            own.clear()
          } else {
            view.key(code, isDown, 0)
            if (isDown) own.add(`k${code}`)
            else own.delete(`k${code}`)
          }
          expect(down).to.deep.equal(new Set([...holds.values()].flatMap((names) => [...names])))
        }
        for (const number of holds.keys()) shared.of(number).releaseAll()
        expect(down.size).to.equal(0)
        expect(isTyping(), 'nothing is typed when all have left').to.equal(false)
      }),
    )
  })

  it('sees one pad a player, each at their own place, and rumbles it back to them', () => {
    const { sink, pads } = title()
    const shared = shareSink(sink)
    shared.of(3).pad?.(pad(0))
    shared.of(1).pad?.(pad(0))
    shared.of(2).pad?.(pad(1))
    expect(pads.map(({ index }) => index)).to.deep.equal([2, 0, 1])
    expect(shared.padOf(1)).to.deep.equal({ player: 2, index: 1 })
    shared.left(2)
    expect(pads.at(-1)).to.deep.include({ index: 1, connected: false, buttons: 0 })
    expect(shared.padOf(1)).to.equal(null)
  })

  it('sees all pads of a player who is alone as that browser numbers them', () => {
    const { sink, pads } = title()
    const alone = shareSink(sink).of(1)
    for (const index of [1, 0, 3]) alone.pad?.(pad(index))
    expect(pads.map(({ index }) => index)).to.deep.equal([1, 0, 3])
  })

  it('tells the fingers of one player from those of another', () => {
    const { sink, touches } = title()
    const shared = shareSink(sink)
    shared.of(1).touch?.(touch(0))
    shared.of(2).touch?.(touch(0))
    shared.of(2).touch?.(touch(0, 'move'))
    shared.of(1).touch?.(touch(0, 'end'))
    shared.of(2).touch?.(touch(0, 'end'))
    shared.of(2).touch?.(touch(0, 'move'))
    expect(touches.map(({ touchId, phase }) => [touchId, phase])).to.deep.equal([
      [0, 'start'],
      [1, 'start'],
      [1, 'move'],
      [0, 'end'],
      [1, 'end'],
    ])
  })
})
