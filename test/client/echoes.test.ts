import { expect } from 'chai'
import { Echoes, echoAfterMs } from '../../client/player/input/echoes.ts'
import type { ReliableInput } from '../../config/protocol/input.ts'
import { decodeEcho } from '../../config/protocol/inputEcho.ts'

const key = (id: number, down: boolean): ReliableInput => ({
  type: 'key',
  id,
  clientAtMs: id,
  evdev: 30,
  down,
})
const said = (echoes: Echoes, nowMs: number) => {
  const bytes = echoes.due(nowMs)
  return bytes && decodeEcho(bytes)
}

describe('copies of inputs', () => {
  it('follow each input, with all of its short past, so that a tap is whole in any one of them', () => {
    const echoes = new Echoes()
    expect(echoes.note(key(1, true), 100)).to.deep.equal(echoAfterMs)
    echoes.note(key(2, false), 105)
    for (const afterMs of echoAfterMs)
      expect(said(echoes, 100 + afterMs)).to.deep.equal({
        afterId: 0,
        inputs: [key(1, true), key(2, false)],
      })
  })

  it('say nothing twice within 4 ms, and nothing that is older than 150 ms', () => {
    const echoes = new Echoes()
    echoes.note(key(1, true), 0)
    expect(said(echoes, 8)).to.not.equal(null)
    expect(said(echoes, 11)).to.equal(null)
    echoes.note(key(2, false), 140)
    expect(said(echoes, 160)).to.deep.equal({ afterId: 1, inputs: [key(2, false)] })
    expect(said(echoes, 400)).to.equal(null)
  })

  it('begin anew behind text, which is too long to be said again, and with new channels', () => {
    const echoes = new Echoes()
    echoes.note(key(1, true), 0)
    expect(echoes.note({ type: 'text', id: 2, clientAtMs: 1, text: 'long' }, 1)).to.deep.equal([])
    echoes.note(key(3, false), 2)
    expect(said(echoes, 10)).to.deep.equal({ afterId: 2, inputs: [key(3, false)] })
    echoes.reset()
    expect(said(echoes, 20)).to.equal(null)
    echoes.note(key(1, true), 30)
    expect(said(echoes, 40)?.afterId).to.equal(0)
  })

  it('are not asked for by a finger that moves, and do not grow without bound', () => {
    const echoes = new Echoes()
    const touch = { type: 'touch', clientAtMs: 0, touchId: 1, x: 0.5, y: 0.5 } as const
    expect(echoes.note({ ...touch, id: 1, phase: 'start' }, 0)).to.deep.equal(echoAfterMs)
    expect(echoes.note({ ...touch, id: 2, phase: 'move' }, 1)).to.deep.equal([])
    for (let id = 3; id <= 100; id++) echoes.note(key(id, id % 2 === 1), 2)
    const echo = said(echoes, 10)
    expect(echo?.inputs.map(({ id }) => id)).to.deep.equal(Array.from({ length: 24 }, (_, i) => 77 + i))
    expect(echo?.afterId).to.equal(76)
  })
})
