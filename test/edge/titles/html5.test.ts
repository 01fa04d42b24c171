import { PassThrough } from 'node:stream'
import { existsSync } from 'node:fs'
import { expect } from 'chai'
import type { PadInput, TouchInput } from '../../../config/protocol/input.ts'
import { chromiumCommand, chromiumFile, pageUrl } from '../../../edge/titles/html5/chromiumCommand.ts'
import { openDevtoolsPipe } from '../../../edge/titles/html5/devtoolsPipe.ts'
import { openPage, padState } from '../../../edge/titles/html5/page.ts'
import type { Rumble } from '../../../edge/titles/html5/page.ts'
import { TouchPoints } from '../../../edge/titles/html5/touchPoints.ts'
import { until } from '../sandbox/rig.ts'
import { playTitle } from './played.ts'
import type { PlayedTitle } from './played.ts'

const stamp = { id: 1, clientAtMs: 0 }
const touch = (phase: TouchInput['phase'], touchId: number, x: number, y: number): TouchInput => ({
  type: 'touch',
  ...stamp,
  phase,
  touchId,
  x,
  y,
})
const pad = (change: Partial<PadInput>): PadInput => ({
  type: 'pad',
  ...stamp,
  index: 0,
  connected: true,
  buttons: 0,
  axes: [0, 0, 0, 0],
  triggers: [0, 0],
  ...change,
})

describe('a page as a title', function () {
  this.timeout(60_000)
  let played: PlayedTitle
  before(async function () {
    if (!existsSync(chromiumFile)) this.skip()
    played = await playTitle('stardust', 45)
    // the title's yellow letters
    await until('it shows its name', () => brightest() > 200, 30_000)
  })
  after(async () => {
    await played?.[Symbol.asyncDispose]()
  })
  const brightest = (): number => {
    const pixel = played.screen.read()
    let most = 0
    for (let x = 300; x < 980; x += 3) most = Math.max(most, pixel(x, 280))
    return most
  }
  const isPlaying = (): boolean => brightest() < 200

  it('starts, plays sound and rumbles at the buttons of a pad, and speaks with the page around', async () => {
    const rumbles: Rumble[] = []
    const lines: string[] = []
    played.game.messages?.onLine((line) => lines.push(line))
    played.game.page?.onRumble((rumble) => rumbles.push(rumble))
    await until(
      'it plays',
      () => {
        played.game.page?.pad(pad({ buttons: 1 }))
        return isPlaying()
      },
      10_000,
    )
    played.peak()
    // A stays down: a page that reads its pads once a frame may not have seen it yet.
    played.game.page?.pad(pad({ buttons: 1 | (1 << 7) }))
    await until('it rumbles', () => rumbles.length > 0, 10_000)
    expect(rumbles[0]).to.deep.equal({ index: 0, strong: 0.15, weak: 0.075, durationMs: 40 })
    await until('shots are heard', () => played.peak() > 1000)
    played.game.page?.pad(pad({ connected: false }))
    expect(lines).to.deep.equal(['{"message":{"started":true}}'])
    played.game.messages?.send('{"player":1,"message":{"start":true}}')
    await until('it does what the page around asks for', () => lines.length === 2)
  })

  it('takes fingers as fingers and keys as keys', async () => {
    played.injector.control('Space', true)
    await until('shots are heard', () => played.peak() > 1000, 20_000)
    played.injector.control('Space', false)
    played.game.page?.touch(touch('start', 1, 0.2, 0.8))
    played.game.page?.touch(touch('move', 1, 0.3, 0.8))
    await until('shots are heard again', () => played.peak() > 1000, 20_000)
    played.game.page?.touch(touch('end', 1, 0.3, 0.8))
  })
})

describe('the ways into a page, worked out', () => {
  it('names the page in the sandbox and leaves the browser nothing to ask the network for', () => {
    expect(pageUrl('a b/index.html')).to.equal('file:///opt/title/a%20b/index.html')
    const command = chromiumCommand({ widthPx: 1280, heightPx: 720 })
    expect(command).to.include.members(['--kiosk', '--window-size=1281,721', '--remote-debugging-pipe'])
    expect(command).to.not.include('--no-sandbox')
  })

  it('tells of all fingers that are down, and of the last one lifting by its absence', () => {
    const points = new TouchPoints({ widthPx: 100, heightPx: 50 })
    expect(points.apply(touch('move', 1, 0, 0))).to.equal(null)
    expect(points.apply(touch('start', 1, 0.5, 0.5))).to.deep.equal({
      type: 'touchStart',
      touchPoints: [{ id: 1, x: 50, y: 25 }],
    })
    expect(points.apply(touch('start', 2, 0, 1))?.touchPoints).to.have.lengthOf(2)
    expect(points.apply(touch('end', 1, 0.5, 0.5))).to.deep.equal({
      type: 'touchMove',
      touchPoints: [{ id: 2, x: 0, y: 50 }],
    })
    expect(points.apply(touch('cancel', 2, 0, 1))).to.deep.equal({ type: 'touchCancel', touchPoints: [] })
  })

  it('gives a page seventeen buttons, with triggers as far as they are pulled', () => {
    const { buttons } = padState(pad({ buttons: 0b11, triggers: [0.25, 0] }))
    expect(buttons).to.have.lengthOf(17)
    expect(buttons.slice(0, 8)).to.deep.equal([1, 1, 0, 0, 0, 0, 0.25, 0])
  })

  it('says whom a page asks, where somebody wants to know', async () => {
    const [toBrowser, fromBrowser] = [new PassThrough(), new PassThrough()]
    const tell = (message: object) => fromBrowser.write(`${JSON.stringify(message)}\0`)
    toBrowser.on('data', (text: Buffer) => {
      const { id, method } = JSON.parse(String(text).slice(0, -1)) as { id: number; method: string }
      if (method === 'Target.setDiscoverTargets')
        tell({ method: 'Target.targetCreated', params: { targetInfo: { type: 'page', targetId: 't' } } })
      tell({ id, result: { sessionId: 's' } })
    })
    const asked: string[] = []
    const size = { widthPx: 1280, heightPx: 720, takesMessages: false }
    await openPage([toBrowser, fromBrowser], 'file:///x', { ...size, onRequest: (url) => asked.push(url) })
    tell({ method: 'Network.requestWillBeSent', params: { request: { url: 'https://a.example/' } } })
    tell({ method: 'Network.webSocketCreated', params: { url: 'wss://b.example/' } })
    expect(asked).to.deep.equal(['https://a.example/', 'wss://b.example/'])
  })

  it('matches answers to questions however the pipe cuts them, and ends them all when it closes', async () => {
    const [to, from] = [new PassThrough(), new PassThrough()]
    const pipe = openDevtoolsPipe(to, from)
    const first = pipe.call('A.a')
    const second = pipe.call('B.b').catch((error: unknown) => String(error))
    from.write('{"id":2,"error":{"message":"no su')
    from.write('ch thing"}}\0{"id":1,"result":{"x":1}}\0{"id"')
    expect(await first).to.deep.equal({ x: 1 })
    expect(await second).to.equal('Error: no such thing')
    const third = pipe.call('C.c').catch((error: unknown) => String(error))
    from.destroy()
    expect(await third).to.equal('Error: the browser has gone')
  })
})
