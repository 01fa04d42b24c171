/**
 * Latency Lab: a small X program that shows what reaches it. Any press flips the large block at once, clicks, and puts the
 * id of the input (announced in the root window's `_NEARCADE_INPUT`) into the picture code of config/protocol/barcode.ts.
 * `still` (default) draws on input alone, `animate` draws 60 frames a second; key A or F2 changes over, key N animates a
 * pattern that costs a video encoder all that it may spend.
 */
import x11 from 'x11'
import type { XClient, XEvent } from 'x11'
import { openClicker } from './click.ts'
import { openMessages } from './messages.ts'
import { createXPainter } from './painter.ts'
import { createScreen } from './screen.ts'
import { applyEvent, firstState } from './state.ts'
import type { LabEvent } from './state.ts'
import { startTicker } from './ticker.ts'

const announcedInput = '_NEARCADE_INPUT'
const cardinal = 6
const keycodeOffset = 8
const framesPerSecond = 60
const noCursor = { R: 0, G: 0, B: 0 }
const masks = ['KeyPress', 'KeyRelease', 'ButtonPress', 'ButtonRelease', 'PointerMotion', 'Exposure']

const ask = <T>(
  request: (callback: (error: Error | null | undefined, result: T) => unknown) => void,
): Promise<T> =>
  new Promise((resolve, reject) => {
    request((error, result) => {
      if (error) reject(error)
      else resolve(result)
      return true
    })
  })

x11.createClient({ bufferRequests: true, shm: false }, (error, display) => {
  if (error !== undefined) {
    console.error(`Latency Lab cannot reach its display: ${error.message}`)
    process.exitCode = 1
    return
  }
  void run(display.client, process.argv[2] === 'animate')
})

async function run(client: XClient, animate: boolean): Promise<void> {
  const [screen] = client.display.screen
  if (screen === undefined) return
  const announceAtom = await ask<number>((done) => client.InternAtom(false, announcedInput, done))
  const { min_keycode: first, max_keycode: last } = client.display
  const keymap = await ask<number[][]>((done) => client.GetKeyboardMapping(first, last - first + 1, done))
  const isKey = (keycode: number): boolean => (keymap[keycode - first] ?? []).some((keysym) => keysym !== 0)

  const window = client.AllocID()
  const eventMask = masks.reduce((mask, name) => mask | (x11.eventMask[name] ?? 0), 0)
  const { root, pixel_width: width, pixel_height: height } = screen
  client.CreateWindow(window, root, 0, 0, width, height, 0, 0, 1, 0, { eventMask, overrideRedirect: 1 })
  hideCursor(client, window)
  client.ChangeWindowAttributes(root, { eventMask: x11.eventMask['PropertyChange'] ?? 0 })
  client.MapWindow(window)
  client.SetInputFocus(window, 1)

  const view = createScreen(createXPainter(client, window, screen.root_depth), width)
  const { click } = openClicker()
  let state = firstState(animate)
  let ticker: { stop(): void } | null = null
  /** Answers come in the order of the questions, so events that wait for one keep their order. */
  let inputId: Promise<number> = Promise.resolve(0)
  let seen: Promise<void> = Promise.resolve()

  const show = (): void => {
    state = { ...state, code: { ...state.code, counter: (state.code.counter + 1) % 2 ** 32 } }
    view.draw(state)
    client.pack_stream.flush()
  }
  const animateOrNot = (): void => {
    if (state.code.animating && ticker === null) ticker = startTicker(framesPerSecond, show)
    if (!state.code.animating && ticker !== null) {
      ticker.stop()
      ticker = null
    }
  }
  const take = (event: LabEvent, id: number): void => {
    const before = state.code.presses
    state = applyEvent(state, event, id)
    show()
    if (state.code.presses !== before) click()
    animateOrNot()
  }
  /** What the page around asks for: `{ animate: boolean }`, `{ ask: 'presses' }`. */
  const messages = openMessages(process.env['NEARCADE_MESSAGES'], (message) => {
    if ('animate' in message && typeof message.animate === 'boolean') {
      state = { ...state, code: { ...state.code, animating: message.animate } }
      show()
      animateOrNot()
      messages.say({ animating: message.animate })
    }
    if ('ask' in message && message.ask === 'presses') messages.say({ presses: state.code.presses })
  })
  const readInputId = async (): Promise<number> => {
    const property = await ask<{ data: Buffer }>((done) =>
      client.GetProperty(0, root, announceAtom, cardinal, 0, 1, done),
    )
    return property.data.length >= 4 ? property.data.readUInt32LE(0) : 0
  }
  const toLabEvent = async (event: XEvent): Promise<LabEvent | null> => {
    const code = event.keycode ?? 0
    switch (event.name) {
      case 'KeyPress':
      case 'KeyRelease': {
        const down = event.name === 'KeyPress'
        if (isKey(code)) return { kind: 'key', evdev: code - keycodeOffset, down }
        if (!down) return null
        const [keysyms] = await ask<number[][]>((done) => client.GetKeyboardMapping(code, 1, done))
        return { kind: 'character', codePoint: (keysyms?.[0] ?? 0) & 0xff_ffff }
      }
      case 'ButtonPress':
      case 'ButtonRelease':
        return { kind: 'button', button: code, down: event.name === 'ButtonPress' }
      case 'MotionNotify':
        return { kind: 'pointer', x: event.x ?? 0, y: event.y ?? 0 }
      default:
        return null
    }
  }

  client.on('event', (event) => {
    if (event.name === 'Expose') {
      view.drawAll(state)
      client.pack_stream.flush()
    } else if (event.name === 'PropertyNotify') {
      if (event.atom === announceAtom) inputId = readInputId()
    } else {
      const [id, labEvent, before] = [inputId, toLabEvent(event), seen]
      seen = Promise.all([id, labEvent, before]).then(([known, ready]) => {
        if (ready !== null) take(ready, known)
      })
    }
  })
  client.on('error', (error) => console.error(`X error: ${error.message}`))
  client.on('end', () => {
    ticker?.stop()
    messages.close()
    process.exitCode = 0
  })
  animateOrNot()
}

/** The server draws its cursor into the picture, where it would lie on the code. */
function hideCursor(client: XClient, window: number): void {
  const [pixmap, gc, cursor] = [client.AllocID(), client.AllocID(), client.AllocID()]
  client.CreatePixmap(pixmap, window, 1, 1, 1)
  client.CreateGC(gc, pixmap, { foreground: 0 })
  client.PolyFillRectangle(pixmap, gc, [0, 0, 1, 1])
  client.CreateCursor(cursor, pixmap, pixmap, noCursor, noCursor, 0, 0)
  client.ChangeWindowAttributes(window, { cursor })
}
