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

const isLinkLocal = (address: string): boolean => /^(?:169\.254\.|fe[89ab])/i.test(address)

const interfaceAddresses = (): { readonly address: string; readonly internal: boolean }[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address }) => !isLinkLocal(address))

/** Addresses of this machine's interfaces without loopback and link-local ones. */
export const ownAddresses = (): string[] =>
  interfaceAddresses()
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)

const withFamily = (addresses: readonly string[], ipv6: boolean): string[] =>
  [...new Set(addresses)].filter((address) => ipv6 || !isIPv6(address))

/** Where to listen: a public address of a 1:1 NAT is among them, but cannot be listened on. */
export const listenAddresses = ({ advertise, ipv6 }: Announce): string[] =>
  withFamily([...loopback, ...interfaceAddresses().map(({ address }) => address), ...advertise], ipv6)

/** What is told, most wanted first: the operator knows best. */
export const announcedAddresses = (
  { advertise, own, ipv6 }: Announce,
  interfaces: readonly string[],
): string[] => withFamily([...advertise, ...(own ? interfaces : []), ...loopback], ipv6)

/** RFC 8445 5.1.2.1 with the type preference of host candidates, one component. */
const priority = (localPreference: number): number => 126 * 2 ** 24 + localPreference * 2 ** 8 + 255

/** Candidate attributes of RFC 8839 5.1, all of one port. */
export const hostCandidates = (addresses: readonly string[], port: number): string[] =>
  addresses.map(
    (address, nth) => `a=candidate:${nth + 1} 1 udp ${priority(65535 - nth)} ${address} ${port} typ host`,
  )
