import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect } from 'chai'
import x11 from 'x11'
import type { XEvent } from 'x11'
import { evdevByCode } from '../../../config/protocol/keyCodes.ts'
import type { Display } from '../../../edge/display/display.ts'
import { announcedInputProperty, createInjector, maxWaitingCharacters } from '../../../edge/display/inject.ts'
import type { Injector } from '../../../edge/display/inject.ts'
import { keyForCharacter } from '../../../edge/display/textKeys.ts'
import { wheelSteps } from '../../../edge/display/wheel.ts'
import { connectDisplay } from '../../../edge/display/xclient.ts'
import type { XConnection } from '../../../edge/display/xclient.ts'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { until } from '../sandbox/rig.ts'

const masks = ['KeyPress', 'KeyRelease', 'ButtonPress', 'ButtonRelease', 'PointerMotion']

describe('input into a display', function () {
  this.timeout(20_000)
  let sessionDir: string
  let display: Display
  let injector: Injector
  let listener: XConnection
  let events: XEvent[] = []
  const seen = (): string[] =>
    events.filter(({ name }) => name !== 'MappingNotify').map(({ name, keycode }) => `${name} ${keycode}`)

  before(async () => {
    sessionDir = await mkdtemp(join(tmpdir(), 'nearcade-test-input-'))
    display = await startDisplay({ sessionDir, seat: 43, widthPx: 1280, heightPx: 720 })
    injector = await createInjector(display, { announceInputs: true })
    listener = await connectDisplay(display)
    const { client, screen } = listener
    const window = client.AllocID()
    const eventMask = masks.reduce((mask, name) => mask | (x11.eventMask[name] ?? 0), 0)
    client.CreateWindow(window, screen.root, 0, 0, 1280, 720, 0, 0, 1, 0, { eventMask })
    client.MapWindow(window)
    client.SetInputFocus(window, 1)
    client.on('event', (event) => events.push(event))
    await client.sync()
  })
  let corner = 0.1
  beforeEach(async () => {
    // what came before this motion has all been seen once it has
    corner = 1 - corner
    injector.pointer(corner, corner)
    await until('the test before has ended', () => events.at(-1)?.x === Math.floor(corner * 1280))
    events = []
  })
  after(async () => {
    await listener[Symbol.asyncDispose]()
    await injector[Symbol.asyncDispose]()
    await display[Symbol.asyncDispose]()
    await rm(sessionDir, { recursive: true, force: true })
  })

  it('presses the key at the place that the browser names', async () => {
    injector.control('KeyQ', true)
    injector.control('KeyQ', false)
    await until('both have come', () => events.length >= 2)
    const keycode = (evdevByCode['KeyQ'] ?? 0) + 8
    expect(seen().slice(-2)).to.deep.equal([`KeyPress ${keycode}`, `KeyRelease ${keycode}`])
  })

  it('announces the id of an input before the input', async () => {
    const atom = await listener.atom(announcedInputProperty)
    injector.key(30, true, 4711)
    await until('the key has come', () => seen().length > 0)
    const value = await new Promise<number>((resolve, reject) =>
      listener.client.GetProperty(0, listener.screen.root, atom, 6, 0, 1, (error, property) => {
        if (error) reject(error)
        else resolve(property.data.readUInt32LE(0))
        return true
      }),
    )
    expect(value).to.equal(4711)
    injector.releaseAll()
  })

  it('moves the pointer to a place and by a distance, keeping fractions', async () => {
    injector.pointer(0.5, 0.25)
    injector.move(10, -4)
    for (let i = 0; i < 4; i++) injector.move(0.25, 0)
    await until('all have come', () => events.length >= 3)
    expect(events.map(({ x, y }) => [x, y])).to.deep.equal([
      [640, 180],
      [650, 176],
      [651, 176],
    ])
  })

  it('presses all five buttons of a mouse and turns its wheel', async () => {
    for (const button of [0, 1, 2, 3, 4]) {
      injector.button(button, true)
      injector.button(button, false)
    }
    injector.wheel(0, 0.6)
    injector.wheel(0, 0.6)
    injector.wheel(-1, 0)
    await until('all have come', () => events.length >= 14)
    const presses = seen().filter((event) => event.startsWith('ButtonPress'))
    expect(presses).to.deep.equal([1, 2, 3, 8, 9, 5, 6].map((button) => `ButtonPress ${button}`))
  })

  it('types any text, with held modifiers lifted meanwhile', async () => {
    const text = 'aß€漢😀'
    const typed: Promise<number>[] = []
    const onEvent = ({ name, keycode = 0 }: XEvent): void => {
      if (name !== 'KeyPress' || keycode === 50) return
      typed.push(
        new Promise((resolve) =>
          listener.client.GetKeyboardMapping(keycode, 1, (_, [keysyms]) =>
            resolve((keysyms?.[0] ?? 0) & 0xff_ffff),
          ),
        ),
      )
    }
    listener.client.on('event', onEvent)
    injector.control('ShiftLeft', true)
    await injector.text(text)
    await until('all have come', () => typed.length >= 5 && seen().at(-1) === 'KeyPress 50')
    listener.client.removeListener('event', onEvent)
    expect(String.fromCodePoint(...(await Promise.all(typed)))).to.equal(text)
    expect(seen().filter((event) => event.endsWith(' 50'))).to.deep.equal([
      'KeyPress 50',
      'KeyRelease 50',
      'KeyPress 50',
    ])
    injector.releaseAll()
  })

  it('holds nothing after releaseAll, and presses nothing twice', async () => {
    injector.key(30, true)
    injector.key(30, true)
    injector.button(0, true)
    expect(injector.held()).to.deep.equal({ keys: [30], buttons: [0] })
    injector.releaseAll()
    injector.key(30, false)
    await until('all have come', () => seen().length >= 4)
    expect(seen()).to.deep.equal(['KeyPress 38', 'ButtonPress 1', 'KeyRelease 38', 'ButtonRelease 1'])
    expect(injector.held()).to.deep.equal({ keys: [], buttons: [] })
  })

  it('drops text that waits when everything is released, and what is beyond all patience at once', async () => {
    const [first, second, third] = [
      injector.text('abc'),
      injector.text('d'.repeat(maxWaitingCharacters - 3)),
      injector.text('ef'),
    ]
    await until('it types', () => seen().length >= 2)
    injector.releaseAll()
    expect(await first).to.be.within(1, 2)
    expect(await second).to.equal(maxWaitingCharacters - 3)
    expect(await third).to.equal(2)
    const typed = seen().length
    expect(await injector.text('g')).to.equal(0)
    await until('the last has come', () => seen().length >= typed + 2)
    expect(seen()).to.have.length(typed + 2)
  })

  it('drops what makes no sense', async () => {
    injector.key(0, true)
    injector.key(999, true)
    injector.button(7, true)
    injector.pointer(2, 0)
    injector.pointer(Number.NaN, 0)
    injector.move(Number.NaN, 0)
    injector.wheel(Number.POSITIVE_INFINITY, 0)
    injector.control('NoSuchKey', true)
    await listener.client.sync()
    expect(events).to.deep.equal([])
  })
})

describe('a display that takes no input', () => {
  let server: ChildProcess
  beforeEach(() => {
    // `-terminate`: it ends with its last client
    const options = ['-terminate', '-ac', '-nolisten', 'tcp', '-extension', 'XTEST']
    server = spawn('Xvfb', ['-displayfd', '3', ...options], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  })
  afterEach(() => {
    server.kill('SIGKILL')
  })

  it('is left without a connection', async () => {
    const ended = once(server, 'exit')
    const number = Number(String((await once(server.stdio[3] as Readable, 'data'))[0]))
    const display = { number, socketFile: `/tmp/.X11-unix/X${number}`, cookie: Buffer.alloc(16) }
    const error = await createInjector({ ...display, widthPx: 1280, heightPx: 720 }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).to.be.instanceOf(Error)
    await ended
  })
})

describe('text and wheel, worked out', () => {
  it('knows the keysym of every character and leaves control characters out', () => {
    expect(keyForCharacter('é')).to.deep.equal({ kind: 'keysym', keysym: 0xe9 })
    expect(keyForCharacter('漢')).to.deep.equal({ kind: 'keysym', keysym: 0x0100_6f22 })
    expect(keyForCharacter('\n')).to.deep.equal({ kind: 'key', evdev: 28 })
    expect(keyForCharacter('\u0007')).to.equal(null)
    expect(keyForCharacter('\ud800')).to.equal(null)
  })

  it('forgets a fraction when the wheel turns back, and bounds one message', () => {
    expect(wheelSteps({ x: 0, y: 0.9 }, 0, -0.5)).to.deep.equal({ rest: { x: 0, y: -0.5 }, buttons: [] })
    expect(wheelSteps({ x: 0, y: 0 }, 0, 100).buttons).to.have.lengthOf(20)
  })
})
