import type { ProbeTarget } from '../../../config/protocol/placement.ts'

/** A whole SHA-256 of nothing in particular: DTLS never gets as far as comparing it. */
const fingerprint = Array.from({ length: 32 }, () => '00').join(':')

const candidateType = 'typ host'
/** RFC 8445, section 5.1.2.1: type preference 126 (host), local preference falling with each address. */
const priority = (index: number): number => 2 ** 24 * 126 + 2 ** 8 * (65_535 - index) + 255

/**
 * A made-up answer of an ICE-lite agent (RFC 8445, section 2.5; RFC 8839) at a node's beacon, to an offer with one data channel.
 * The browser then checks connectivity, and those STUN round trips are the probe. `setup:active` has the browser wait for a
 * DTLS hello that never comes, so nothing but STUN crosses the wire.
 * @param mid of the offer's only section
 */
export function probeAnswer(
  target: Pick<ProbeTarget, 'addresses' | 'port' | 'ufrag' | 'password'>,
  mid: string,
): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${mid}`,
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=ice-ufrag:${target.ufrag}`,
    `a=ice-pwd:${target.password}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:active',
    'a=sctp-port:5000',
    ...fewOfEach(target.addresses).map(
      (address, index) =>
        `a=candidate:${index + 1} 1 udp ${priority(index)} ${address} ${target.port} ${candidateType}`,
    ),
    'a=end-of-candidates',
    '',
  ].join('\r\n')
}

/** Each more is one more to check, 48 ms after the one before (what Chromium does); the operator's come first. */
const mostOfAFamily = 2

function fewOfEach(addresses: readonly string[]): readonly string[] {
  const isIpv6 = (address: string): boolean => address.includes(':')
  return addresses.filter(
    (address, index) =>
      addresses.slice(0, index).filter((earlier) => isIpv6(earlier) === isIpv6(address)).length <
      mostOfAFamily,
  )
}

/** The `a=mid` of an offer's first section. */
export const midOf = (offer: string): string => /^a=mid:(\S+)/m.exec(offer)?.[1] ?? '0'
