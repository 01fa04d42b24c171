import { isIPv6 } from 'node:net'
import type { Clock } from '../clock.ts'
import { plainAddress } from '../placement/geoPrior.ts'
import { createBucket, type Bucket } from '../../config/rate.ts'

/** Bounds what a stranger may ask for: each address has a bucket of its own. */
export interface AddressLimit {
  take(address: string): boolean
  /** For `Retry-After`: after it, an empty bucket holds one again. */
  readonly retryAfterS: number
}

/** Of more, the one heard from least recently is forgotten: memory is bounded, at the price of a full bucket for it. */
const maxAddresses = 10_000

export function createAddressLimit(burst: number, perSecond: number, clock: Clock): AddressLimit {
  const buckets = new Map<string, Bucket>()
  return {
    retryAfterS: Math.ceil(1 / perSecond),
    take(address) {
      const key = networkOf(plainAddress(address))
      const bucket = buckets.get(key) ?? createBucket(burst, perSecond)
      buckets.delete(key)
      buckets.set(key, bucket)
      const [oldest] = buckets.keys()
      if (buckets.size > maxAddresses && oldest !== undefined) buckets.delete(oldest)
      return bucket.take(clock.now())
    },
  }
}

/** One IPv6 subscriber holds a whole /64. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')
}
