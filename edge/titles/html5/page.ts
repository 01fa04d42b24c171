import * as z from 'zod/mini'
import type { PadInput, TouchInput } from '../../../config/protocol/input.ts'
import type { GameDoor } from '../gameDoor.ts'
import type { DevtoolsPipe } from './devtoolsPipe.ts'
import { openDevtoolsPipe } from './devtoolsPipe.ts'
import { giveMessageFunction, messageBinding, messageShim } from './messageShim.ts'
import { padShim, rumbleBinding, setPadFunction } from './padShim.ts'
import type { PadState } from './padShim.ts'
import { TouchPoints } from './touchPoints.ts'

export interface Rumble {
  readonly index: number
  /** 0..1 */
  readonly strong: number
  readonly weak: number
  readonly durationMs: number
}

/** The ways into a page that an X server does not have. */
export interface Html5Page {
  touch(touch: TouchInput): void
  pad(pad: PadInput): void
  /** What the page asks of the player's pad. */
  onRumble(listener: (rumble: Rumble) => void): void
  /** Null: the title takes none. */
  readonly messages: GameDoor | null
}

/** The page is not ours: what its rumble carries is checked like anything from outside. */
const rumble = z.object({
  index: z.int().check(z.gte(0), z.lte(3)),
  strong: z.number().check(z.gte(0), z.lte(1)),
  weak: z.number().check(z.gte(0), z.lte(1)),
  durationMs: z.number().check(z.gte(0), z.lte(5000)),
})

const standardButtons = 17
const firstTrigger = 6

/** Pure: our wire's pad as the page sees it. */
export const padState = (pad: PadInput): PadState => ({
  index: pad.index,
  connected: pad.connected,
  axes: pad.axes,
  buttons: Array.from({ length: standardButtons }, (_, i) => {
    const bit = (pad.buttons >>> i) % 2
    return Math.max(bit, pad.triggers[i - firstTrigger] ?? 0)
  }),
})

/** Opens the title's page in a browser that waits at an empty page, with touch and pads in place before its first script. */
export async function openPage(
  pipes: readonly [NodeJS.WritableStream, NodeJS.ReadableStream],
  url: string,
  title: {
    readonly widthPx: number
    readonly heightPx: number
    readonly takesMessages: boolean
    readonly onRequest?: (url: string) => void
  },
): Promise<Html5Page> {
  const pipe = openDevtoolsPipe(...pipes)
  const sessionId = await attach(pipe)
  const rumbleListeners: ((rumble: Rumble) => void)[] = []
  const lineListeners: ((line: string) => void)[] = []
  pipe.onEvent((method, { name, payload }) => {
    if (method !== 'Runtime.bindingCalled') return
    if (name === messageBinding && typeof payload === 'string')
      for (const listener of lineListeners) listener(payload)
    if (name !== rumbleBinding) return
    const asked = rumble.safeParse(parseJson(payload))
    if (asked.success) for (const listener of rumbleListeners) listener(asked.data)
  })
  await pipe.call('Page.enable', {}, sessionId)
  await pipe.call('Runtime.enable', {}, sessionId)
  await pipe.call('Runtime.addBinding', { name: rumbleBinding }, sessionId)
  await pipe.call('Page.addScriptToEvaluateOnNewDocument', { source: padShim }, sessionId)
  if (title.takesMessages) {
    await pipe.call('Runtime.addBinding', { name: messageBinding }, sessionId)
    await pipe.call('Page.addScriptToEvaluateOnNewDocument', { source: messageShim }, sessionId)
  }
  await pipe.call('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 10 }, sessionId)
  if (title.onRequest !== undefined) await tellRequests(pipe, sessionId, title.onRequest)
  await pipe.call('Page.navigate', { url }, sessionId)
  const touches = new TouchPoints(title)
  return {
    touch(input) {
      const event = touches.apply(input)
      if (event !== null) pipe.send('Input.dispatchTouchEvent', { ...event }, sessionId)
    },
    pad(input) {
      const expression = `window.${setPadFunction}?.(${JSON.stringify(padState(input))})`
      pipe.send('Runtime.evaluate', { expression, silent: true }, sessionId)
    },
    onRumble: (listener) => void rumbleListeners.push(listener),
    messages: title.takesMessages
      ? {
          send(line) {
            const expression = `window.${giveMessageFunction}?.(${JSON.stringify(line)})`
            pipe.send('Runtime.evaluate', { expression, silent: true }, sessionId)
            return true
          },
          onLine: (listener) => void lineListeners.push(listener),
        }
      : null,
  }
}

/** Those of the page and of its frames; not of its workers, and no WebRTC. */
async function tellRequests(
  pipe: DevtoolsPipe,
  sessionId: string,
  onRequest: (url: string) => void,
): Promise<void> {
  pipe.onEvent((method, { request, url }) => {
    if (method === 'Network.webSocketCreated') onRequest(String(url))
    if (method !== 'Network.requestWillBeSent' || typeof request !== 'object' || request === null) return
    if ('url' in request) onRequest(String(request.url))
  })
  await pipe.call('Network.enable', {}, sessionId)
}

const parseJson = (text: unknown): unknown => {
  try {
    return typeof text === 'string' ? JSON.parse(text) : null
  } catch {
    return null
  }
}

/** The kiosk's one page may appear a moment after the browser answers. */
async function attach(pipe: DevtoolsPipe): Promise<string> {
  const target = new Promise<string>((resolve) => {
    pipe.onEvent((method, { targetInfo }) => {
      if (method !== 'Target.targetCreated' || typeof targetInfo !== 'object' || targetInfo === null) return
      if ('type' in targetInfo && targetInfo.type === 'page' && 'targetId' in targetInfo)
        resolve(String(targetInfo.targetId))
    })
  })
  await pipe.call('Target.setDiscoverTargets', { discover: true })
  const { sessionId } = await pipe.call('Target.attachToTarget', { targetId: await target, flatten: true })
  return String(sessionId)
}
