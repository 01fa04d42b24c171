import { NearcadeError } from '../../config/errors.ts'
import type { Clock } from '../clock.ts'

/** Bounds how many bodies are being read at once. */
export interface Places {
  /**
   * @param giveWay is told when somebody else needs the place of one that has been here for long
   * @returns what leaves again
   * @throws NearcadeError uploads-busy
   */
  enter(orgId: string, giveWay: (cause: NearcadeError) => void): () => void
}

export interface PlaceLimits {
  readonly perOrg: number
  readonly all: number
  /** Whoever has been here for longer gives way when all are taken, so that nobody holds up everybody by sending slowly. */
  readonly undisturbedMs: number
}

interface Guest {
  readonly orgId: string
  readonly sinceMs: number
  giveWay(cause: NearcadeError): void
}

export function createPlaces({ perOrg, all, undisturbedMs }: PlaceLimits, clock: Clock): Places {
  /** The one who came first is first. */
  const guests = new Set<Guest>()
  return {
    enter(orgId, giveWay) {
      let own = 0
      for (const guest of guests) if (guest.orgId === orgId) own += 1
      if (own >= perOrg)
        throw new NearcadeError('uploads-busy', [`${own} of your organisation are on their way already`])
      if (guests.size >= all) {
        const [oldest] = guests
        if (oldest === undefined || clock.now() - oldest.sinceMs < undisturbedMs)
          throw new NearcadeError('uploads-busy', [`${guests.size} are on their way already`])
        guests.delete(oldest)
        oldest.giveWay(new NearcadeError('uploads-busy', ['others wait, and this came slowly']))
      }
      const guest: Guest = { orgId, sinceMs: clock.now(), giveWay }
      guests.add(guest)
      return () => void guests.delete(guest)
    },
  }
}
