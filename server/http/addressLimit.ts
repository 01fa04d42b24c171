import type { Clock } from '../clock.ts'
import { subscriberOf } from '../placement/routing/prefix.ts'
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
      const key = subscriberOf(address)
      const bucket = buckets.get(key) ?? createBucket(burst, perSecond)
      buckets.delete(key)
      buckets.set(key, bucket)
      const [oldest] = buckets.keys()
      if (buckets.size > maxAddresses && oldest !== undefined) buckets.delete(oldest)
      return bucket.take(clock.now())
    },
  }
}
