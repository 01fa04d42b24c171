import { decodeValue } from '../../config/protocol/decode.ts'
import {
  type EmbedHello,
  embedHello,
  type FromFrame,
  type ToFrame,
  toFrame,
} from '../../config/protocol/embedFrame.ts'

/** The page around this frame. */
export interface Host {
  readonly hello: EmbedHello
  tell(message: FromFrame): void
  /** Messages that came before are given first. */
  listen(onMessage: (message: ToFrame) => void): void
}

/** The part of Window that is used, so that tests bring their own. */
export type FrameWindow = Pick<Window, 'parent' | 'addEventListener' | 'removeEventListener'>

/** Resolves with the first good hello of the window around this one; whatever else comes from anywhere is left alone. */
export function hostOf(frame: FrameWindow): Promise<Host> {
  return new Promise((resolve) => {
    function onHello(event: MessageEvent<unknown>): void {
      const [port] = event.ports
      if (event.source !== frame.parent || port === undefined) return
      const decoded = decodeValue(embedHello, event.data)
      if (!decoded.ok) return
      frame.removeEventListener('message', onHello)
      resolve(hostOver(port, decoded.value))
    }
    frame.addEventListener('message', onHello)
  })
}

const hostOver = (port: MessagePort, hello: EmbedHello): Host => ({
  hello,
  tell: (message) => port.postMessage(message),
  listen(onMessage) {
    port.addEventListener('message', ({ data }) => {
      const decoded = decodeValue(toFrame, data)
      if (decoded.ok) onMessage(decoded.value)
    })
    port.start()
  },
})
