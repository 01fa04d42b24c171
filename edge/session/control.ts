import { fromBrowser, type FromBrowser, type ToBrowser } from '../../config/protocol/control.ts'
import { decodeText } from '../../config/protocol/decode.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import { createBucket } from '../../config/rate.ts'
import { type WireError, wireError } from '../../config/errors.ts'

/** What the rest of the session does with each message of the `control` channel. */
export interface ControlHandlers {
  welcome(): ToBrowser
  quality(message: Extract<FromBrowser, { kind: 'quality' }>): ToBrowser
  paste(text: string): void
  stats(message: Extract<FromBrowser, { kind: 'stats' }>): void
  display(message: Extract<FromBrowser, { kind: 'display' }>): void
  playout(message: Extract<FromBrowser, { kind: 'playout' }>): void
  stillHere(): void
  /** For the game. @returns why it does not get there */
  message(text: string): WireError | null
  bye(): void
}

/** A player sends about five a second, and the page around at most twenty messages; what comes above this is dropped unread. */
const messagesPerSecond = 60
/** Errors answered per second: a browser that sends nonsense gets told, not flooded. */
const errorsPerSecond = 5

export function createControl(options: {
  readonly handlers: ControlHandlers
  /** Wall clock with fractions, the clock of frame records. */
  readonly nowMs: () => number
  readonly count: (kind: string) => void
}): { receive(text: string, reply: (message: ToBrowser) => void): void } {
  const { handlers, nowMs } = options
  let errorWindowMs = 0
  let errorsInWindow = 0
  const rate = createBucket(messagesPerSecond, messagesPerSecond)

  const complain = (
    code: 'bad-message' | 'message-too-large' | 'unsupported-version',
    details: readonly string[],
    reply: (message: ToBrowser) => void,
  ): void => {
    options.count(`control-${code}`)
    const window = Math.floor(nowMs() / 1000)
    if (window !== errorWindowMs) errorsInWindow = 0
    errorWindowMs = window
    errorsInWindow += 1
    if (errorsInWindow <= errorsPerSecond)
      reply({ kind: 'error', error: { ...wireError(code), details: [...details] } })
  }

  return {
    receive(text, reply) {
      const receivedAtMs = nowMs()
      if (!rate.take(receivedAtMs)) return options.count('control-too-many')
      const decoded = decodeText<FromBrowser>(fromBrowser, text)
      if (!decoded.ok) return complain(decoded.error.code, decoded.error.details, reply)
      const message = decoded.value
      switch (message.kind) {
        case 'hello':
          if (message.version === protocolVersion) reply(handlers.welcome())
          else complain('unsupported-version', [`the node speaks version ${protocolVersion}`], reply)
          return
        case 'clock':
          reply({ kind: 'clock', t0Ms: message.t0Ms, receivedAtMs, sentAtMs: nowMs() })
          return
        case 'quality':
          reply(handlers.quality(message))
          return
        case 'paste':
          return handlers.paste(message.text)
        case 'stats':
          return handlers.stats(message)
        case 'display':
          return handlers.display(message)
        case 'playout':
          return handlers.playout(message)
        case 'still-here':
          return handlers.stillHere()
        case 'message': {
          const refused = handlers.message(message.text)
          if (refused === null) return
          const { code, what, next } = refused
          return reply({ kind: 'message-refused', error: { code, what, next } })
        }
        case 'bye':
          return handlers.bye()
        default:
          return message satisfies never
      }
    },
  }
}
