import { guestHeader, guestProtocolPrefix, playerProtocol } from '../../config/protocol/embed.ts'

let token: string | null = null

/** From now on the router knows this page's player by a token; in a frame of another site's page no cookie comes along. */
export function playAs(mine: string): void {
  token = mine
}

/** What every request has to say of who asks. */
export const playerHeaders = (): Readonly<Record<string, string>> =>
  token === null ? {} : { [guestHeader]: token }

/** A socket to the router, which tells it the same: a browser can set no header there. */
export const openPlayerSocket = (): WebSocket =>
  new WebSocket(
    `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/player`,
    token === null ? [] : [playerProtocol, `${guestProtocolPrefix}${token}`],
  )
