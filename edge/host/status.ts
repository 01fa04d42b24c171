import * as z from 'zod/mini'
import { decodeValue } from '../../config/protocol/decode.ts'
import type { EdgeSettings } from '../../config/settings/edge.ts'

const health = z.object({
  nodeId: z.string(),
  online: z.boolean(),
  draining: z.boolean(),
  seats: z.int(),
  sessions: z.int(),
  titles: z.array(z.string()),
})

/** `stopped`: nothing answers at its address. */
export type NodeState =
  | ({ readonly state: 'running' } & z.infer<typeof health>)
  | { readonly state: 'stopped' }

const answerMs = 3000

/** Asks the node of this machine how it does. */
export async function nodeState({ edgeHost, edgePort }: EdgeSettings): Promise<NodeState> {
  const response = await fetch(`http://${edgeHost}:${edgePort}/healthz`, {
    signal: AbortSignal.timeout(answerMs),
  }).catch(() => null)
  const body: unknown = response === null ? null : await response.json().catch(() => null)
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
  return [
    `${siteName}: ${online ? (draining ? 'takes no new sessions' : 'in service') : 'running, but the router cannot be reached; it goes on trying'}`,
    `${sessions} of ${seats} seats in use`,
    `${titles.length} titles: ${titles.join(', ')}`,
    `node ${nodeId}`,
  ]
}
