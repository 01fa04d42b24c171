import { NearcadeError } from '../../config/errors.ts'
import type { NodeStatus } from '../../config/protocol/nodeSocket.ts'
import type { EdgeSettings } from '../../config/settings/edge.ts'
import { agentVersion } from '../agent/version.ts'
import type { NodeIdentity } from '../uplink/identity.ts'
import { startUplink, type Uplink } from '../uplink/uplink.ts'

const patienceMs = 20_000
const silent = { info(): void {}, warn(): void {} }

/**
 * Makes this node known to the network: one connection with the token, on which it offers nothing yet.
 * @throws NearcadeError join-refused: the token was used or withdrawn; router-unreachable
 */
export async function enrol(settings: EdgeSettings, identity: NodeIdentity, token: string): Promise<void> {
  const status: NodeStatus = {
    kind: 'status',
    siteName: settings.siteName,
    lat: settings.siteLat,
    lon: settings.siteLon,
    draining: true,
    seats: [],
    titles: [],
    codecs: [],
    beacon: null,
    sessions: [],
    agentVersion,
  }
  let timer: NodeJS.Timeout | undefined
  const uplinks: Uplink[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new NearcadeError('router-unreachable', [settings.routerUrl])),
        patienceMs,
      )
      const uplink = startUplink({
        routerUrl: settings.routerUrl,
        identity,
        enrolToken: token,
        status: () => status,
        onAccepted: () => resolve(),
        onMessage() {},
        onRefused: ({ code, what, details = [] }) =>
          reject(
            code === 'node-not-known'
              ? new NearcadeError('join-refused')
              : new NearcadeError('router-unreachable', [what, ...details]),
          ),
        log: silent,
      })
      uplinks.push(uplink)
    })
  } finally {
    clearTimeout(timer)
    for (const uplink of uplinks) await uplink.close()
  }
}
