import { expect } from 'chai'
import { type FrameWindow, type Host, hostOf } from '../../../client/embed/frame.ts'
import { qualityNamed, stateOf } from '../../../client/embed/telling.ts'
import type { Phase } from '../../../client/player/phase.ts'
import { progressSteps } from '../../../client/player/phase.ts'
import { streamFor } from '../../../client/player/quality.ts'
import { share } from '../../../client/play/share.ts'
import { wireError } from '../../../config/errors.ts'
import { embedHello, qualityNames, toFrame, type ToFrame } from '../../../config/protocol/embedFrame.ts'

const hello = {
  kind: 'nearcade-embed',
  version: 1,
  launchToken: null,
  controls: true,
  muted: null,
  volume: null,
  quality: null,
} as const

/** A frame's window; `post` is a message that comes to it. */
function frameWindow() {
  const parent = {} as Window
  const listeners = new Set<(event: MessageEvent) => void>()
  const frame = {
    parent,
    addEventListener: (_type: string, listener: (event: MessageEvent) => void) => listeners.add(listener),
    removeEventListener: (_type: string, listener: (event: MessageEvent) => void) =>
      listeners.delete(listener),
  } as unknown as FrameWindow
  return {
    frame,
    parent,
    listening: () => listeners.size > 0,
    post(source: unknown, data: unknown, ports: MessagePort[] = [new MessageChannel().port1]) {
      for (const listener of listeners) listener({ source, data, ports } as unknown as MessageEvent)
      for (const port of ports) port.close()
    },
  }
}

describe('a frame and the page around it', () => {
  it('talks to the window around it alone, after a hello that it understands, and to the first one', async () => {
    const { frame, parent, post, listening } = frameWindow()
    let host: Host | null = null
    const found = hostOf(frame).then((one) => {
      host = one
    })
    post({}, hello)
    post(null, hello)
    post(parent, hello, [])
    for (const bad of [
      null,
      'hello',
      {},
      { ...hello, version: 2 },
      { ...hello, cheat: 1 },
      { ...hello, volume: 2 },
    ])
      post(parent, bad)
    await Promise.resolve()
    expect(host).to.equal(null)
    post(parent, { ...hello, launchToken: 'mine' })
    await found
    expect(host).to.deep.include({ hello: { ...hello, launchToken: 'mine' } })
    expect(listening()).to.equal(false)
  })

  it('does nothing that is not one of its few words', async () => {
    const { port1, port2 } = new MessageChannel()
    const { frame, parent } = frameWindow()
    const listeners: ((event: MessageEvent) => void)[] = []
    Object.assign(frame, {
      addEventListener: (_: string, one: (event: MessageEvent) => void) => listeners.push(one),
    })
    const waiting = hostOf(frame)
    for (const listener of listeners)
      listener({ source: parent, data: hello, ports: [port1] } as unknown as MessageEvent)
    const host = await waiting
    const heard: ToFrame[] = []
    const done = new Promise<void>((resolve) =>
      host.listen((message) => {
        heard.push(message)
        if (message.kind === 'stop') resolve()
      }),
    )
    for (const message of [
      { kind: 'eval', code: '1' },
      'start',
      null,
      { kind: 'start', now: true },
      { kind: 'start' },
    ])
      port2.postMessage(message)
    port2.postMessage({ kind: 'stop' })
    await done
    expect(heard).to.deep.equal([{ kind: 'start' }, { kind: 'stop' }])
    port1.close()
  })

  it('tells every phase in words', () => {
    const end = { reason: 'player-ended', what: 'You ended it.', next: '', detail: null } as const
    const phases: Phase[] = [
      { kind: 'idle' },
      ...progressSteps.map((step) => ({ kind: 'progress', step }) as const),
      { kind: 'waiting' },
      { kind: 'playing' },
      { kind: 'reconnecting', graceEndsAtMs: null },
      { kind: 'taken' },
      { kind: 'failed', error: wireError('no-codec') },
      { kind: 'ended', end },
    ]
    const told = phases.map((phase) => stateOf(phase, 'Home'))
    const named = new Set(told.map((state) => (state.kind === 'state' ? state.phase : '')))
    expect([...named]).to.deep.equal([...new Set(phases.map(({ kind }) => kind))])
    for (const state of told) expect(state.kind === 'state' && state.words).to.match(/^[A-Z].{5,}/)
  })

  it('takes the qualities that it names, none above what the title draws', () => {
    const display = { widthPx: 1280, heightPx: 720, fps: 60 }
    const heights = qualityNames.map((name) => streamFor(display, qualityNamed(name)).heightPx)
    expect(heights).to.deep.equal([720, 720, 540, 360, 540])
    for (const quality of qualityNames) {
      expect(embedHello.safeParse({ ...hello, quality }).success).to.equal(true)
      expect(
        toFrame.safeParse({ kind: 'looks', controls: true, muted: null, volume: 0, quality }).success,
      ).to.equal(true)
    }
  })
})

describe('the link of a title', () => {
  const title = { id: 'game', name: 'The game' }
  const url = 'https://play.example/play/game'
  const give = (browser: Parameters<typeof share>[2]) => share(title, 'https://play.example', browser)
  const refuse = (name: string) => () => Promise.reject(Object.assign(new Error(name), { name }))

  it('goes where the device shares, to the clipboard, or on the screen', async () => {
    const got: unknown[] = []
    const clipboard = { writeText: async (text: string) => void got.push(text) }
    const device = { share: async (data: ShareData) => void got.push(data), clipboard }
    expect(await give(device)).to.equal(null)
    expect(await give({ ...device, canShare: () => false })).to.equal('Link copied')
    expect(await give({ share: refuse('AbortError'), clipboard })).to.equal(null)
    expect(await give({ share: refuse('NotAllowedError'), clipboard })).to.equal('Link copied')
    expect(await give({ clipboard: { writeText: refuse('NotAllowedError') } })).to.equal(url)
    expect(await give({})).to.equal(url)
    expect(got).to.deep.equal([{ title: 'The game', url }, url, url])
  })
})
