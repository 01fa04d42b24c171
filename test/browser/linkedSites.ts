import type { Network } from '../support/network.ts'

/** A site of one node, which browsers reach through a link: its beacon at `port`, its sessions and its metrics at the next ones. */
export interface LinkedSite {
  readonly name: string
  readonly port: number
}

const portsOfASite = 10

/** @returns the index of the site whose port this is, or -1 */
export const siteWithPort = (sites: readonly LinkedSite[], port: number): number =>
  sites.findIndex((site) => port >= site.port && port < site.port + portsOfASite)

export const metricsPort = ({ port }: LinkedSite): number => port + portsOfASite - 1

export const edgeEnv = (site: LinkedSite): Record<string, string> => ({
  NEARCADE_SITE_NAME: site.name,
  NEARCADE_BEACON_PORT: String(site.port),
  NEARCADE_UDP_PORTS: `${site.port + 1}-${site.port + 3}`,
  NEARCADE_EDGE_PORT: String(metricsPort(site)),
  NEARCADE_ANNOUNCE_OWN: 'no',
  NEARCADE_IPV6: 'no',
  NEARCADE_SEATS: '2',
  NEARCADE_WARM_SEATS: '0',
})

/** Waits until the router would have so many nodes probed. */
export async function untilProbed(network: Network, nodes: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`${network.url}/api/probes`)
    const { targets } = (await answer.json()) as { targets: unknown[] }
    if (targets.length === nodes) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
