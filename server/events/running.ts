import type { Catalogue } from '../catalogue/catalogue.ts'
import { titleKey } from '../placement/decideLimits.ts'
import { mostHolds, type SiteHold } from '../placement/holds.ts'
import { type BookedEvent, seatsLeft } from './event.ts'
import type { Asker, Holds } from './holds.ts'
import { createSeatCount, type SeatCount } from './seatCount.ts'

/** Events that last now: who sits on their seats, and what is held back for them. */
export interface Running extends Holds {
  has(eventId: string): boolean
  /** @returns how many of its players sit there already */
  begin(event: BookedEvent, nowMs: number): number
  /** Its times or its name are others now. */
  change(event: BookedEvent): void
  end(eventId: string): void
  /** Null: it does not last now. */
  at(eventId: string, siteId: string): SeatCount | null
  /** Most of its seats that are in use now. */
  usedOf(eventId: string): number
  /** Events of this site that hold seats, in the order in which they were booked, and what their players play. */
  holdsAt(siteId: string): readonly RunningHold[]
  /** Looks again at what is live: a title that nobody can play holds nothing. */
  refresh(): void
}

export interface RunningHold {
  readonly event: BookedEvent
  readonly key: string
  readonly count: SeatCount
}

interface Seated {
  readonly siteId: string
  readonly asker: Asker
  /** Whose seat it counts as; null: nobody's. */
  eventId: string | null
}

/** Of a version that players get: checks and tests of what is staged are no part of an event. */
const isPlay = ({ build }: Asker): boolean =>
  build !== undefined && build.channel !== 'check' && build.channel !== 'staging'

/** Whether this player is of the event. */
export const isOf = (event: Pick<BookedEvent, 'titleId' | 'entry' | 'token'>, asker: Asker): boolean =>
  event.titleId === asker.titleId &&
  isPlay(asker) &&
  (event.entry === 'title' || asker.request?.eventToken === event.token)

const nothing: readonly SiteHold[] = []

/** @param came a new player has taken a seat of this event */
export function createRunning(
  catalogue: Pick<Catalogue, 'live'>,
  clock: { now(): number },
  came: (eventId: string) => void,
): Running {
  const events = new Map<string, { event: BookedEvent; readonly sites: Map<string, SeatCount> }>()
  const sessions = new Map<string, Seated>()
  let bySite = new Map<string, RunningHold[]>()

  function refresh(): void {
    bySite = new Map()
    const inOrder = [...events.values()].sort((a, b) => a.event.createdAtMs - b.event.createdAtMs)
    for (const { event, sites } of inOrder) {
      const { titleId: id } = event
      const version = catalogue.live(id)?.build?.version
      if (version === undefined) continue
      for (const [siteId, count] of sites) {
        const list = bySite.get(siteId) ?? []
        bySite.set(siteId, list)
        if (list.length < mostHolds) list.push({ event, key: titleKey({ id, version }), count })
      }
    }
  }

  /** Of several events of one title first the one of its link, then one with a seat left. */
  function eventFor(asker: Asker, siteId: string): string | null {
    const own = [...events.values()].filter(({ event, sites }) => sites.has(siteId) && isOf(event, asker))
    own.sort(
      (a, b) =>
        Number(a.event.entry === 'title') - Number(b.event.entry === 'title') ||
        Number((b.sites.get(siteId)?.idle ?? 0) > 0) - Number((a.sites.get(siteId)?.idle ?? 0) > 0),
    )
    return own[0]?.event.id ?? null
  }

  return {
    has: (eventId) => events.has(eventId),
    begin(event, nowMs) {
      const used = new Map<string, number>()
      for (const one of sessions.values()) {
        const isFree = one.eventId === null || !events.has(one.eventId)
        if (!isFree || !isOf(event, one.asker)) continue
        if (!event.sites.some(({ siteId }) => siteId === one.siteId)) continue
        one.eventId = event.id
        used.set(one.siteId, (used.get(one.siteId) ?? 0) + 1)
      }
      const sites = new Map(
        event.sites.map((site) => [
          site.siteId,
          createSeatCount(seatsLeft(site), used.get(site.siteId) ?? 0, nowMs),
        ]),
      )
      events.set(event.id, { event, sites })
      refresh()
      return [...used.values()].reduce((sum, count) => sum + count, 0)
    },
    change(event) {
      const known = events.get(event.id)
      if (known !== undefined) known.event = event
      refresh()
    },
    end(eventId) {
      if (events.delete(eventId)) refresh()
    },
    at: (eventId, siteId) => events.get(eventId)?.sites.get(siteId) ?? null,
    usedOf: (eventId) =>
      [...(events.get(eventId)?.sites.values() ?? [])].reduce(
        (sum, { used, seats }) => sum + Math.min(used, seats),
        0,
      ),
    holdsAt: (siteId) => bySite.get(siteId) ?? [],
    refresh,
    against(asker) {
      if (bySite.size === 0) return null
      return (siteId) => {
        const here = bySite.get(siteId)
        return here === undefined
          ? nothing
          : here.map(({ event, key, count }) => ({
              key,
              seats: count.idle,
              untilMs: event.toMs,
              isOwn: isOf(event, asker),
            }))
      }
    },
    seated(session, siteId, isNew) {
      const before = sessions.get(session.id)
      if ((before?.siteId ?? null) === siteId) return
      if (before !== undefined) {
        sessions.delete(session.id)
        if (before.eventId !== null) events.get(before.eventId)?.sites.get(before.siteId)?.left(clock.now())
      }
      if (siteId === null || !isPlay(session)) return
      const { titleId, build, request } = session
      const asker: Asker = {
        titleId,
        ...(build === undefined ? {} : { build }),
        ...(request === undefined ? {} : { request }),
      }
      const eventId = eventFor(asker, siteId)
      sessions.set(session.id, { siteId, asker, eventId })
      if (eventId === null) return
      events.get(eventId)?.sites.get(siteId)?.took()
      if (isNew) came(eventId)
    },
  }
}
