import { isIPv4, isIPv6 } from 'node:net'
import { plainAddress } from '../geoPrior.ts'

/** The network whose players share a way to the sites: an IPv4 /24 or an IPv6 /48. Null for what is no address. */
export function prefixOf(address: string): string | null {
  const ip = plainAddress(address)
  if (isIPv4(ip)) return `${ip.split('.').slice(0, 3).join('.')}.0/24`
  return isIPv6(ip) ? `${groupsOf(ip).slice(0, 3).join(':')}::/48` : null
}

/** Who holds an address: one IPv6 subscriber has a whole /64. What is no address stands for itself. */
export function subscriberOf(address: string): string {
  const ip = plainAddress(address)
  return isIPv6(ip) ? groupsOf(ip).slice(0, 4).join(':') : ip
}

function groupsOf(ip: string): readonly string[] {
  const [left = '', right] = ip.split('%')[0]?.split('::') ?? []
  const groups = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const tailLength = tail.reduce((sum, group) => sum + (group.includes('.') ? 2 : 1), 0)
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - tailLength) }, () => '0')
  const all = [...groups, ...(right === undefined ? [] : zeros), ...tail]
  return all.map((group) => Number.parseInt(group, 16).toString(16))
}
