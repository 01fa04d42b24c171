import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Which addresses a node tells browsers, beside the loopback ones for a browser on the same machine. */
export interface Announce {
  /** Named by the operator; behind a 1:1 NAT the public ones. */
  readonly advertise: readonly string[]
  /** Whether the interfaces' own addresses are told too. */
  readonly own: boolean
  readonly ipv6: boolean
}

const loopback = ['127.0.0.1', '::1']

/** Addresses of this machine's interfaces without loopback and link-local ones. */
export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !isLinkLocal(address))
    .map(({ address }) => address)

const isLinkLocal = (address: string): boolean => /^(?:169\.254\.|fe[89ab])/i.test(address)

/** What is told, most wanted first: the operator knows best. */
export function announcedAddresses(
  { advertise, own, ipv6 }: Announce,
  interfaces: readonly string[],
): string[] {
  const all = [...advertise, ...(own ? interfaces : []), ...loopback]
  return [...new Set(all)].filter((address) => ipv6 || !isIPv6(address))
}

/** RFC 8445 5.1.2.1 with the type preference of host candidates, one component. */
const priority = (localPreference: number): number => 126 * 2 ** 24 + localPreference * 2 ** 8 + 255

/** Candidate attributes of RFC 8839 5.1, all of one port a family, as a session that is one socket has them. */
export function hostCandidates(
  addresses: readonly string[],
  ports: { readonly ipv4: number; readonly ipv6: number | null },
): string[] {
  return addresses.flatMap((address, nth) => {
    const port = isIPv6(address) ? ports.ipv6 : ports.ipv4
    if (port === null) return []
    return [`a=candidate:${nth + 1} 1 udp ${priority(65535 - nth)} ${address} ${port} typ host`]
  })
}
