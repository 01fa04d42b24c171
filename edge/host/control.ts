import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import * as z from 'zod/mini'
import { decodeValue } from '../../config/protocol/decode.ts'
import { controlSocketIn } from '../agent/control.ts'

const health = z.object({
  nodeId: z.string(),
  online: z.boolean(),
  draining: z.boolean(),
  seats: z.int(),
  sessions: z.int(),
  titles: z.array(z.string()),
})

/** `stopped`: nothing answers in its folder. */
export type NodeState =
  | ({ readonly state: 'running' } & z.infer<typeof health>)
  | { readonly state: 'stopped' }

export type Order = 'status' | 'drain' | 'resume'

const answerMs = 3000

/** Asks or tells the node of this machine. @returns how it does then */
export async function order(dataDir: string, what: Order): Promise<NodeState> {
  const body = await new Promise<unknown>((resolve) => {
    const asked = request(
      {
        socketPath: controlSocketIn(dataDir),
        path: `/${what}`,
        method: what === 'status' ? 'GET' : 'POST',
        timeout: answerMs,
      },
      (response) => void json(response).then(resolve, () => resolve(null)),
    )
    asked.once('error', () => resolve(null))
    asked.once('timeout', () => asked.destroy())
    asked.end()
  })
  const decoded = decodeValue(health, body)
  return decoded.ok ? { state: 'running', ...decoded.value } : { state: 'stopped' }
}

/** For people. */
export function stateLines(state: NodeState, siteName: string): readonly string[] {
  if (state.state === 'stopped')
    return [
      `The node of ${siteName} is not running.`,
      'Start it: nearcade edge run, or systemctl start nearcade-edge.',
    ]
  const { online, draining, seats, sessions, titles, nodeId } = state
  const service = draining
    ? sessions === 0
      ? 'takes no new sessions, and none is left: it can be stopped'
      : 'takes no new sessions; those that run go on'
    : 'in service'
  return [
    `${siteName}: ${service}`,
    ...(online ? [] : ['The router cannot be reached; the node goes on trying.']),
    `${sessions} of ${seats} seats in use`,
    `${titles.length} titles: ${titles.join(', ')}`,
    `node ${nodeId}`,
  ]
}
