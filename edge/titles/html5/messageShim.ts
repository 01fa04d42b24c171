import { maxGameMessageBytes } from '../../../config/protocol/gameMessages.ts'

/**
 * `window.nearcade` of a page whose manifest has `messages`: an EventTarget with `send(message, player?)`. Its events are `message`
 * ({ data, player }) and `messageerror` ({ data: { code, what, next } }); what came before the first listener is given to that one.
 */
export const messageBinding = '__nearcadeMessage'
export const giveMessageFunction = '__nearcadeGive'

/** Runs in the page before any script of its own. */
export const messageShim = `(() => {
  const tell = window.${messageBinding}
  const early = []
  let heard = false
  class Nearcade extends EventTarget {
    send(message, player) {
      const text = JSON.stringify(player === undefined ? { message } : { message, player })
      if (JSON.stringify(message) === undefined) throw new TypeError('a message must be a JSON value')
      if (new TextEncoder().encode(text).length > ${2 * maxGameMessageBytes})
        throw new RangeError('a message has at most ${maxGameMessageBytes} bytes')
      tell(text)
    }
    addEventListener(type, ...rest) {
      super.addEventListener(type, ...rest)
      if (type !== 'message' || heard) return
      heard = true
      for (const line of early.splice(0)) give(line)
    }
  }
  const nearcade = new Nearcade()
  const give = (line) => {
    const { player, message, error } = JSON.parse(line)
    const event = new MessageEvent(error ? 'messageerror' : 'message', { data: error ?? message })
    if (!error) Object.defineProperty(event, 'player', { value: player })
    nearcade.dispatchEvent(event)
  }
  Object.defineProperty(window, 'nearcade', { value: nearcade })
  Object.defineProperty(window, '${giveMessageFunction}', {
    value(line) {
      if (heard) give(line)
      else if (early.push(line) > 64) early.shift()
    },
  })
})()`
