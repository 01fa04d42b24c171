import { expect } from 'chai'
import { encodeInput, heldTimeoutMs, type Input } from '../../../config/protocol/input.ts'
import type { TitleManifest } from '../../../config/protocol/title.ts'
import { createInputRouter, type InputRouter } from '../../../edge/session/inputRouter.ts'
import { createPadMapper } from '../../../edge/session/padMapper.ts'

type Changes = Partial<TitleManifest['input']>
const padMap = { buttons: { '0': 'Space' }, axes: { '0': { negative: 'ArrowLeft', positive: 'ArrowRight' } } }
const [space, right, keyA] = [57, 106, 30]

/** A router with a sink that writes down what reaches it. */
function open(input: Changes = {}, native = false) {
  const done: string[] = []
  const clock = { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 }
  let touches = 0
  const manifestInput: TitleManifest['input'] = {
    pointer: 'absolute',
    pad: 'keys',
    touch: 'pointer',
    touchButtons: [],
    touchStick: null,
    ...input,
  }
  const router: InputRouter = createInputRouter({
    input: manifestInput,
    clock,
    mapPad: createPadMapper(padMap),
    nowMs: () => 5000,
    onTouched: () => {
      touches += 1
    },
    sink: {
      key: (evdev, down) => done.push(`key ${evdev} ${down ? 'down' : 'up'}`),
      button: (button, down) => done.push(`button ${button} ${down ? 'down' : 'up'}`),
      pointer: (x, y) => done.push(`pointer ${x} ${y}`),
      move: (dx, dy) => done.push(`move ${dx} ${dy}`),
      wheel: (dx, dy) => done.push(`wheel ${dx} ${dy}`),
      text: (text) => done.push(`text ${text}`),
      releaseAll: () => done.push('release all'),
      touch: native ? (touch) => done.push(`touch ${touch.phase}`) : null,
      pad: native ? (pad) => done.push(`pad ${pad.buttons}`) : null,
    },
  })
  router.attend()
  const send = (channel: 'keys' | 'motion', message: Input): void =>
    router.receive(channel, encodeInput(message), 4990)
  return { router, done, clock, send, touches: () => touches }
}
const stamp = (id: number) => ({ id, clientAtMs: 1 })
const key = (id: number, evdev: number, down: boolean): Input => ({ type: 'key', ...stamp(id), evdev, down })
const pointer = (id: number, x: number, y: number): Input => ({ type: 'pointer', ...stamp(id), x, y })
const pad = (id: number, buttons: number, axis = 0): Input => ({
  type: 'pad',
  ...stamp(id),
  index: 0,
  connected: true,
  buttons,
  axes: [axis, 0, 0, 0],
  triggers: [0, 0],
})
const touch = (id: number, phase: 'start' | 'move' | 'end', touchId: number): Input => ({
  type: 'touch',
  ...stamp(id),
  phase,
  touchId,
  x: 0.5,
  y: 0.25,
})

describe('the input router', () => {
  it('applies inputs and says which was the last, for the frames to carry', () => {
    const { done, clock, send, touches } = open()
    send('keys', key(1, keyA, true))
    send('motion', pointer(2, 0.5, 0.25))
    expect(done).to.deep.equal([`key ${keyA} down`, 'pointer 0.5 0.25'])
    expect(clock).to.deep.equal({ lastAppliedId: 2, lastReceivedAtMs: 4990, lastAppliedAtMs: 5000 })
    expect(touches()).to.equal(2)
  })

  it('drops and counts what is malformed, on the wrong channel, repeated or late', () => {
    const { router, done, send } = open()
    router.receive('keys', new Uint8Array(3), 0)
    router.receive('motion', new Uint8Array(5000), 0)
    send('motion', key(1, keyA, true))
    send('keys', pointer(1, 0, 0))
    send('keys', key(2, keyA, true))
    send('keys', key(2, keyA, false))
    send('motion', pointer(4, 0, 0))
    send('motion', pointer(3, 1, 1))
    send('motion', pointer(4, 0, 0))
    expect(done).to.deep.equal([`key ${keyA} down`, 'pointer 0 0'])
    expect(router.dropped).to.deep.equal({ malformed: 2, wrongChannel: 2, duplicate: 2, outOfOrder: 1 })
  })

  it('turns running totals into steps, so that a lost message loses no motion', () => {
    const { done, send } = open()
    send('motion', { type: 'motion', ...stamp(1), totalX: 10, totalY: -5 })
    send('motion', { type: 'motion', ...stamp(3), totalX: 30, totalY: 5 })
    expect(done).to.deep.equal(['move 10 -5', 'move 20 10'])
  })

  it('releases everything when the channels go quiet', () => {
    const { router, done, send } = open()
    send('keys', key(1, keyA, true))
    send('motion', pad(2, 1))
    expect(router.holding).to.equal(true)
    router.expire(4990 + heldTimeoutMs)
    expect(done.slice(2)).to.have.members([`key ${keyA} up`, `key ${space} up`])
    send('motion', pad(3, 1))
    expect(done.at(-1), 'the pad still holds it').to.equal(`key ${space} down`)
  })

  it('maps a pad to the keys of the title, and never twice', () => {
    const { done, send } = open()
    send('motion', pad(1, 1, 1))
    send('motion', pad(2, 1, 1))
    send('motion', pad(3, 0, 0))
    expect(done).to.have.members([
      `key ${space} down`,
      `key ${right} down`,
      `key ${space} up`,
      `key ${right} up`,
    ])
    expect(done).to.have.length(4)
  })

  it('makes one finger the mouse where the title knows no touch', () => {
    const { done, send } = open()
    send('keys', touch(1, 'start', 7))
    send('keys', touch(2, 'start', 8))
    send('keys', touch(3, 'move', 7))
    send('keys', touch(4, 'end', 7))
    expect(done).to.deep.equal([
      'pointer 0.5 0.25',
      'button 0 down',
      'pointer 0.5 0.25',
      'pointer 0.5 0.25',
      'button 0 up',
    ])
  })

  it('hands touch and pads on to a title that reads them itself', () => {
    const { done, send } = open({ touch: 'native', pad: 'native' }, true)
    send('keys', touch(1, 'start', 7))
    send('motion', pad(2, 5))
    expect(done).to.deep.equal(['touch start', 'pad 5'])
  })

  it('lets go of a title’s own touches and pads when the player is lost', () => {
    const { router, done, send } = open({ touch: 'native', pad: 'native' }, true)
    send('keys', touch(1, 'start', 7))
    send('motion', pad(2, 5))
    router.unattend()
    expect(done.slice(2)).to.deep.equal(['release all', 'touch cancel', 'pad 0'])
  })

  it('counts what the title has no use for', () => {
    const { router, send } = open({ touch: 'pad', pad: 'none' })
    send('keys', touch(1, 'start', 7))
    send('motion', pad(2, 5))
    expect(router.dropped).to.deep.equal({ unused: 2 })
  })

  it('takes nothing while nobody plays, and starts from 1 with the next browser', () => {
    const { router, done, clock, send } = open()
    send('keys', key(9, keyA, true))
    router.unattend()
    expect(done).to.deep.equal([`key ${keyA} down`, `key ${keyA} up`, 'release all'])
    send('keys', key(10, keyA, true))
    expect(router.dropped).to.deep.equal({ unattended: 1 })
    router.attend()
    expect(clock.lastAppliedId).to.equal(0)
    send('keys', key(1, keyA, true))
    expect(done.at(-1)).to.equal(`key ${keyA} down`)
  })

  it('goes on where it was when the same browser is heard again: no jump, and held keys come back', () => {
    const { router, done, send } = open({ pointer: 'relative' })
    send('motion', { type: 'motion', ...stamp(1), totalX: 5000, totalY: 10 })
    send('keys', key(2, keyA, true))
    router.unattend()
    router.attendAgain()
    done.length = 0
    send('motion', { type: 'motion', ...stamp(3), totalX: 5900, totalY: 10 })
    send('motion', { type: 'motion', ...stamp(4), totalX: 5901, totalY: 10 })
    send('motion', { type: 'held', ...stamp(5), keys: [keyA], buttons: 0 })
    expect(done).to.deep.equal(['move 0 0', 'move 1 0', `key ${keyA} down`])
  })

  it('drops and counts what no hands could send', () => {
    const { router, send } = open()
    for (let id = 1; id <= 2500; id += 1) send('motion', pointer(id, 0, 0))
    expect(router.dropped['tooMany']).to.equal(500)
  })
})
