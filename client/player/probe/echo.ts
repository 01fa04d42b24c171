import { decodeText } from '../../../config/protocol/decode.ts'
import { type FromPlayer, toPlayer } from '../../../config/protocol/playerSocket.ts'
import { protocolVersion } from '../../../config/protocol/version.ts'
import type { SocketLike } from '../connection.ts'

const wantedSamples = 3
const patienceMs = 2_000

/**
 * Round trips to the router over a WebSocket of its own, ms; what came within two seconds. For networks that let no UDP through: what
 * plays there plays over a relay, and this is all that can be measured before. Never rejects.
 */
export function echo(open: () => SocketLike): Promise<readonly number[]> {
  const samples: number[] = []
  let socket: SocketLike
  try {
    socket = open()
  } catch {
    return Promise.resolve(samples)
  }
  const send = (message: FromPlayer): void => socket.send(JSON.stringify(message))
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      resolve(samples)
      socket.close()
    }
    const timer = setTimeout(end, patienceMs)
    socket.addEventListener('open', () => send({ kind: 'hello', version: protocolVersion }))
    socket.addEventListener('error', end)
    socket.addEventListener('close', end)
    socket.addEventListener('message', ({ data }) => {
      const decoded = decodeText(toPlayer, typeof data === 'string' ? data : '')
      if (!decoded.ok) return
      if (decoded.value.kind === 'pong') samples.push(Math.max(0, performance.now() - decoded.value.atMs))
      else if (decoded.value.kind !== 'welcome') return
      if (samples.length === wantedSamples) end()
      else send({ kind: 'ping', atMs: performance.now() })
    })
  })
}
