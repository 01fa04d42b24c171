/** What one attempt at a connection found out about the ways to the node. */
export interface Ways {
  /** The node answered the offer. */
  readonly answered: boolean
  /** Where the node said that it can be reached: `address:port`. */
  readonly nodeAddresses: readonly string[]
  /** Relays that the router named. */
  readonly turnUrls: readonly string[]
  /** Relays that gave this browser an address. */
  readonly relays: number
  /** What relays said instead, as the browser tells it. */
  readonly turnErrors: readonly string[]
}

const shown = 4

function list(things: readonly string[]): string {
  const more = things.length - shown
  return `${things.slice(0, shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** For the details of `connect-failed`: every way that was tried, and how far it went. */
export function describeTried(ways: Ways): string[] {
  if (!ways.answered) return ['The node did not answer the request for a connection.']
  const direct =
    ways.nodeAddresses.length === 0
      ? 'The node named no address'
      : `UDP to ${list(ways.nodeAddresses)}: no answer`
  return [direct, describeRelays(ways)]
}

function describeRelays({ turnUrls, relays, turnErrors }: Ways): string {
  if (turnUrls.length === 0) return 'No relay (TURN) is set up here for networks that block UDP'
  if (relays > 0) return `Relay ${list(turnUrls)}: reached, but the node did not answer through it`
  const why = turnErrors.length > 0 ? ` (${list([...new Set(turnErrors)])})` : ''
  return `Relay ${list(turnUrls)}: not reached${why}`
}

/** `address:port` of each candidate in a session description. */
export const candidateAddresses = (sdp: string): string[] => [
  ...new Set(
    [...sdp.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+) (\d+) /gm)].map(([, host = '', port = '']) =>
      host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    ),
  ),
]
