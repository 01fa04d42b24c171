import { expect } from 'chai'
import { inPicture, pictureBox } from '../../client/player/input/geometry.ts'
import { type GamepadLike, PadWatch, padState } from '../../client/player/input/pads.ts'
import { InputSender } from '../../client/player/input/sender.ts'
import { knobAt, stickDirections } from '../../client/player/input/stick.ts'
import { notches } from '../../client/player/input/wheel.ts'
import { decodeInput, type Input } from '../../config/protocol/input.ts'

interface Bench {
  readonly sender: InputSender
  readonly sent: { channel: string; input: Input }[]
  beat(): void
  readonly beating: () => boolean
  open: boolean
}

function bench(): Bench {
  const sent: { channel: string; input: Input }[] = []
  let beat: (() => void) | null = null
  const it: Bench = {
    sent,
    open: true,
    beat: () => beat?.(),
    beating: () => beat !== null,
    sender: new InputSender({
      send(channel, bytes) {
        if (!it.open) return false
        const input = decodeInput(bytes)
        if (input === null) throw new Error('not a message of the wire')
        sent.push({ channel, input })
        return true
      },
      onSent: () => undefined,
      nowMs: () => 7,
      setInterval(call) {
        beat = call
        return 1
      },
      clearInterval() {
        beat = null
      },
      setTimeout: () => null,
      clearTimeout: () => undefined,
    }),
  }
  return it
}
const short = ({ channel, input }: { channel: string; input: Input }): string =>
  `${channel} ${input.id} ${input.type}${input.type === 'key' ? ` ${input.evdev} ${input.down}` : ''}`

describe('input sender', () => {
  it('sends keys in order with ids from 1 on, and a key that is down only once', () => {
    const { sender, sent } = bench()
    sender.key(30, true, 1)
    sender.key(30, true, 2)
    sender.key(30, false, 3)
    sender.key(30, false, 4)
    expect(sent.map(short)).to.deep.equal(['keys 1 key 30 true', 'keys 2 key 30 false'])
  })

  it('tells what is held for as long as anything is, and no longer', () => {
    const { sender, sent, beat, beating } = bench()
    sender.key(30, true, 1)
    sender.button(2, true, 1)
    beat()
    expect(sent.at(-1)?.input).to.deep.include({ type: 'held', keys: [30], buttons: 4 })
    sender.key(30, false, 2)
    expect(beating()).to.equal(true)
    sender.button(2, false, 2)
    expect(beating()).to.equal(false)
  })

  it('lets go of everything at once', () => {
    const { sender, sent, beating } = bench()
    sender.key(29, true, 1)
    sender.key(46, true, 1)
    sender.button(0, true, 1)
    sent.length = 0
    sender.releaseAll(5)
    expect(
      sent.map(({ input }) => (input.type === 'key' || input.type === 'button' ? input.down : null)),
    ).to.deep.equal([false, false, false])
    expect(beating()).to.equal(false)
  })

  it('adds up mouse motion with its fractions, and starts again at zero on new channels', () => {
    const { sender, sent } = bench()
    for (let n = 0; n < 4; n += 1) sender.motion(0.4, -0.6, n)
    expect(sent.at(-1)?.input).to.deep.include({ totalX: 2, totalY: -2 })
    sender.channelsOpened()
    sender.motion(3, 4, 9)
    expect(sent.at(-1)?.input).to.deep.include({ totalX: 3, totalY: 4, id: 5 })
  })

  it('gives no id to what could not be sent', () => {
    const b = bench()
    b.open = false
    b.sender.pointer(0.5, 0.5, 1)
    b.open = true
    b.sender.pointer(0.5, 0.5, 2)
    expect(b.sent.map(({ input }) => input.id)).to.deep.equal([1])
  })
})

describe('pointer geometry', () => {
  it('finds the picture between its bars and pins points beside it to its edge', () => {
    const box = pictureBox({ left: 0, top: 0, width: 1000, height: 1000 }, 1280, 720)
    expect(box).to.deep.equal({ left: 0, top: 218.75, width: 1000, height: 562.5 })
    expect(inPicture(box, 500, 500)).to.deep.equal({ x: 0.5, y: 0.5 })
    expect(inPicture(box, -50, 100)).to.deep.equal({ x: 0, y: 0 })
    expect(inPicture(box, 2000, 999)).to.deep.equal({ x: 1, y: 1 })
  })

  it('never leaves 0..1, also before the first picture', () => {
    const box = pictureBox({ left: 0, top: 0, width: 0, height: 0 }, 0, 0)
    expect(inPicture(box, 5, 5)).to.deep.equal({ x: 0, y: 0 })
  })

  it('counts wheels in notches in all three units of the DOM', () => {
    expect([notches(100, 0), notches(3, 1), notches(1, 2)]).to.deep.equal([1, 1, 8])
  })
})

const pad = (change: Partial<GamepadLike> & { pressed?: number[] } = {}): GamepadLike => ({
  index: 0,
  connected: true,
  buttons: Array.from({ length: 17 }, (_, n) => ({
    pressed: change.pressed?.includes(n) ?? false,
    value: change.pressed?.includes(n) ? 1 : 0,
  })),
  axes: [0, 0, 0, 0],
  ...change,
})

describe('gamepads', () => {
  it('reads buttons as bits, triggers as values, and a stick at rest as zero', () => {
    expect(padState(pad({ pressed: [0, 7, 16], axes: [0.03, -1, Number.NaN, 1.2] }))).to.deep.equal({
      index: 0,
      connected: true,
      buttons: 1 | (1 << 7) | (1 << 16),
      axes: [0, -1, 0, 1],
      triggers: [0, 1],
    })
  })

  it('sends on change, and every 100 ms while anything is held', () => {
    const watch = new PadWatch()
    const held = pad({ pressed: [0] })
    expect(watch.read([pad()], 0)).to.have.length(1)
    expect(watch.read([pad()], 500)).to.have.length(0)
    expect(watch.read([held], 510)).to.have.length(1)
    expect(watch.read([held], 600)).to.have.length(0)
    expect(watch.read([held], 611)).to.have.length(1)
    expect(watch.read([pad()], 620)).to.have.length(1)
    expect(watch.read([pad(), null], 900)).to.have.length(0)
  })

  it('says three times more that a pad is at rest, for one message may be lost', () => {
    const rounds = (watch: PadWatch): number[] => [1, 2, 3, 4].map(() => watch.repeats().length)
    const watch = new PadWatch()
    watch.read([pad({ pressed: [0] })], 0)
    expect(rounds(watch)).to.deep.equal([0, 0, 0, 0])
    watch.read([pad()], 10)
    expect(rounds(watch)).to.deep.equal([1, 1, 1, 0])
    watch.read([pad({ pressed: [0] })], 20)
    watch.letGo(0, true)
    expect(watch.repeats()[0]).to.include({ index: 0, connected: true, buttons: 0 })
    watch.read([pad({ pressed: [0] })], 30)
    expect(rounds(watch), 'pressed again meanwhile').to.deep.equal([0, 0, 0, 0])
  })

  it('lets go of a pad that was pulled', () => {
    const watch = new PadWatch()
    watch.read([pad({ pressed: [3] })], 0)
    expect(watch.letGo(0, false)).to.deep.equal({
      index: 0,
      connected: false,
      buttons: 0,
      axes: [0, 0, 0, 0],
      triggers: [0, 0],
    })
    expect(watch.indexes).to.deep.equal([])
  })
})

describe('virtual stick', () => {
  const at = (dx: number, dy: number): string => [...stickDirections(dx, dy, 50)].toSorted().join('+')

  it('rests in the middle, and knows eight directions around it', () => {
    expect(at(5, -8)).to.equal('')
    expect([at(40, 0), at(-40, 0), at(0, 40), at(0, -40)]).to.deep.equal(['right', 'left', 'down', 'up'])
    expect([at(30, 30), at(-30, -30), at(30, -30)]).to.deep.equal(['down+right', 'left+up', 'right+up'])
  })

  it('keeps its knob within the ring, wherever the thumb goes', () => {
    expect(knobAt(300, 400, 50)).to.deep.equal({ x: 30, y: 40 })
    expect(knobAt(3, 4, 50)).to.deep.equal({ x: 3, y: 4 })
  })
})
