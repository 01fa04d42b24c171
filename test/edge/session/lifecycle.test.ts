import { expect } from 'chai'
import {
  advance,
  type Effect,
  firstLife,
  type Life,
  type LifeEvent,
  nextDeadlineMs,
} from '../../../edge/session/lifecycle.ts'

const rules = { graceMs: 90_000, idleMs: 900_000, idleWarningMs: 60_000 }

/** Plays events at given times and returns the last life with all effects, named. */
function live(
  steps: readonly (readonly [number, LifeEvent])[],
  under = rules,
): { life: Life; effects: Effect[] } {
  let life: Life = firstLife
  const effects: Effect[] = []
  for (const [atMs, event] of steps) {
    const next = advance(life, event, under, atMs)
    life = next.life
    effects.push(...next.effects)
  }
  return { life, effects }
}
const names = (effects: readonly Effect[]): string[] =>
  effects.map((effect) => (effect.kind === 'report' ? `report ${effect.event.kind}` : effect.kind))

const picture: LifeEvent = { kind: 'picture' }
const connected: LifeEvent = { kind: 'connected', player: 1 }
const lost: LifeEvent = { kind: 'lost', player: 1 }
const touched: LifeEvent = { kind: 'touched' }
const time: LifeEvent = { kind: 'time' }
const playingSteps = [
  [0, connected],
  [10, picture],
] as const

describe('a session’s life', () => {
  it('is ready at the first picture and plays at once where the browser is there already', () => {
    const { life, effects } = live(playingSteps)
    expect(names(effects)).to.deep.equal(['report ready', 'stream', 'report play'])
    expect(life.kind).to.equal('playing')
  })

  it('waits for a browser that comes later, for no longer than the grace', () => {
    const waiting = live([[10, picture]])
    expect(names(waiting.effects)).to.deep.equal(['report ready'])
    expect(nextDeadlineMs(waiting.life, rules)).to.equal(30_010)
    expect(
      names(
        live([
          [10, picture],
          [20, connected],
        ]).effects,
      ),
    ).to.include('report play')
    const over = live([
      [10, picture],
      [90_010, time],
    ])
    expect(names(over.effects).slice(1)).to.deep.equal(['hush', 'report end', 'close'])
  })

  it('forgets a browser that came and went while the game was starting', () => {
    expect(
      live([
        [0, connected],
        [5, lost],
        [10, picture],
      ]).life.kind,
    ).to.equal('waiting')
  })

  it('freezes when the player is lost, and thaws when any browser of theirs is back', () => {
    const { life, effects } = live([...playingSteps, [1000, lost]])
    expect(names(effects).slice(3)).to.deep.equal(['hush', 'freeze', 'report suspend'])
    expect(life).to.deep.equal({ kind: 'suspended', graceEndsAtMs: 91_000 })
    const back = live([...playingSteps, [1000, lost], [60_000, connected]])
    expect(names(back.effects).slice(6)).to.deep.equal(['thaw', 'stream', 'report play'])
    expect(back.life.kind).to.equal('playing')
  })

  it('ends when the grace is over, and at once where there is none', () => {
    const late = live([...playingSteps, [1000, lost], [91_000, time]])
    expect(late.effects).to.deep.include({
      kind: 'report',
      event: { kind: 'end', reason: 'grace-expired', detail: null, atMs: 91_000 },
    })
    expect(live([...playingSteps, [1000, lost]], { ...rules, graceMs: 0 }).life.kind).to.equal('ended')
  })

  it('warns an idle player, takes the warning back at a touch, and ends without one', () => {
    const warned = live([...playingSteps, [840_010, time]])
    expect(warned.effects.at(-1)).to.deep.equal({ kind: 'warnIdle', endsInMs: 60_000 })
    expect(nextDeadlineMs(warned.life, rules)).to.equal(900_010)
    expect(names(live([...playingSteps, [840_010, time], [850_000, touched]]).effects)).to.include(
      'clearIdle',
    )
    const over = live([...playingSteps, [840_010, time], [900_010, time]])
    expect(over.effects).to.deep.include({
      kind: 'report',
      event: { kind: 'end', reason: 'idle-timeout', detail: null, atMs: 900_010 },
    })
  })

  it('warns once, and does not count time in suspension as idle', () => {
    const twice = live([...playingSteps, [840_010, time], [850_000, time]])
    expect(names(twice.effects).filter((name) => name === 'warnIdle')).to.have.length(1)
    const back = live([...playingSteps, [1000, lost], [80_000, connected]])
    expect(nextDeadlineMs(back.life, rules)).to.equal(80_000 + 840_000)
  })

  it('warns at half of an idle time that is shorter than its warning', () => {
    const short = { ...rules, idleMs: 2000 }
    expect(nextDeadlineMs(live(playingSteps, short).life, short)).to.equal(1010)
  })

  it('starts the stream anew for a browser that takes over without a gap', () => {
    expect(names(live([...playingSteps, [20, connected]]).effects).slice(3)).to.deep.equal(['stream'])
  })

  it('ends once, whatever follows', () => {
    const over: LifeEvent = { kind: 'over', reason: 'game-crashed', detail: 'signal SIGSEGV' }
    for (const before of [[], [[10, picture]], playingSteps, [...playingSteps, [20, lost]]] as const) {
      const { effects } = live([...before, [30, over], [31, over], [32, connected], [33, time], [34, lost]])
      expect(names(effects).filter((name) => name === 'report end')).to.have.length(1)
      expect(names(effects).at(-1)).to.equal('close')
    }
  })
})

describe('a session of several players', () => {
  const guest: LifeEvent = { kind: 'connected', player: 2 }
  const guestLost: LifeEvent = { kind: 'lost', player: 2 }
  const both = [...playingSteps, [20, guest]] as const

  it('streams to each of them, and to those who came before the first picture at once', () => {
    expect(live(both).effects.at(-1)).to.deep.equal({ kind: 'stream', player: 2 })
    const { effects } = live([
      [0, connected],
      [5, guest],
      [10, picture],
    ])
    expect(effects.flatMap((effect) => (effect.kind === 'stream' ? [effect.player] : []))).to.deep.equal([
      1, 2,
    ])
  })

  it('goes on while one of them is there, and freezes only when all have gone', () => {
    for (const [first, last] of [
      [lost, guestLost],
      [guestLost, lost],
    ] as const) {
      const one = live([...both, [1000, first]])
      expect(one.life.kind).to.equal('playing')
      expect(one.effects.slice(4)).to.deep.equal([{ kind: 'hush', player: first === lost ? 1 : 2 }])
      const none = live([...both, [1000, first], [1500, first], [2000, last]])
      expect(none.life).to.deep.equal({ kind: 'suspended', graceEndsAtMs: 92_000 })
      expect(names(none.effects).slice(5)).to.deep.equal(['hush', 'freeze', 'report suspend'])
    }
  })

  it('takes a warning of idleness back for all when one of them comes', () => {
    const { effects } = live([...playingSteps, [840_010, time], [850_000, guest]])
    expect(names(effects).slice(-2)).to.deep.equal(['clearIdle', 'stream'])
  })
})
