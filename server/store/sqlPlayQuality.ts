import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { titlePlays } from './publishingSchema.ts'
import type { QualitySum, RegionSum, StoredQuality } from './publishingStore.ts'
import { sessions } from './schema.ts'

type DaySum = QualitySum & { readonly day: string }
type Row = QualitySum & {
  readonly day: string | null
  /** `PT:39,-9`, `PT` for what is left of it, '' elsewhere. */
  readonly home: string
  readonly x: number | null
  readonly y: number | null
  readonly z: number | null
}

/**
 * How sessions of a title did, all together, by day and by region. The players of a place are counted here, where nothing of who they are
 * leaves the store: a cell with fewer than `leastPlayers` of them is added to what is left of its country, and that, where it still has too
 * few, to elsewhere. One query after the other instead of joins, which a database that keeps no statistics of its tables plans badly.
 * @param counted which sessions
 * @param dayOf the UTC day of a time
 */
export async function qualityFigures(
  database: Pick<Database, 'execute'>,
  { counted, dayOf, leastPlayers }: { counted: SQL; dayOf: (atMs: unknown) => SQL; leastPlayers: number },
): Promise<StoredQuality> {
  const { country, lat, lon, createdAtMs, playAtMs, sessionId } = titlePlays
  const plays = sql`${titlePlays} left join ${sessions} on ${sessions.id} = ${titlePlays.sessionId}
    where ${counted} and ${playAtMs} is not null`
  const player = sql`coalesce(${sessions.guestId}, ${sessionId})`
  const place = sql`coalesce(${country} || ':' || ${lat} || ',' || ${lon}, '')`
  const isIn = (what: SQL, names: readonly string[]): SQL =>
    sql`${what} in (select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))`
  const named = async (query: SQL): Promise<readonly string[]> =>
    (await rowsOf<{ name: string }>(database, query)).map(({ name }) => name)

  const cells = await named(
    sql`select ${place} as name from ${plays} and ${country} is not null
      group by 1 having count(distinct ${player}) >= ${leastPlayers}`,
  )
  const rests = await named(
    sql`select ${country} as name from ${plays} and ${country} <> '' and not (${isIn(place, cells)})
      group by 1 having count(distinct ${player}) >= ${leastPlayers}`,
  )
  const found = sql`(
    select lat, lon, click_p50_ms, click_p95_ms, frames_shown, frames_dropped, frames_decoded, decode_ms, freezes, frozen_ms, seen_ms,
      ${dayOf(createdAtMs)} as day, ${player} as player,
      case when ${isIn(place, cells)} then ${place}
        when ${isIn(sql`coalesce(${country}, '')`, rests)} then ${country} else '' end as home
    from ${plays}) found`
  const days = await rowsOf<Row>(
    database,
    sql`select day, ${sums} from ${found} group by grouping sets ((), (day)) order by day`,
  )
  const homes = await rowsOf<Row>(
    database,
    sql`select home, day, ${sums},
      avg(cosd(lat) * cosd(lon)) as x, avg(cosd(lat) * sind(lon)) as y, avg(sind(lat)) as z
      from ${found} group by grouping sets ((home), (home, day))
      having grouping(day) = 1 or count(distinct player) >= ${leastPlayers}
      order by plays desc, home, day`,
  )
  const daysOf = new Map<string, DaySum[]>()
  for (const { home, day, ...sum } of homes)
    if (day !== null) daysOf.set(home, [...(daysOf.get(home) ?? []), { ...sum, day }])
  return {
    total: days.find(({ day }) => day === null) ?? nothing,
    days: days.flatMap(({ day, ...sum }) => (day === null ? [] : [{ ...sum, day }])),
    regions: homes
      .filter(({ day }) => day === null)
      .map((row) =>
        regionOf(
          row,
          (daysOf.get(row.home) ?? []).sort((a, b) => (a.day < b.day ? -1 : 1)),
        ),
      ),
  }
}

const sums = sql`
  count(*)::integer as plays, count(seen_ms)::integer as measured,
  percentile_cont(0.5) within group (order by click_p50_ms) as "clickP50Ms",
  percentile_cont(0.5) within group (order by click_p95_ms) as "clickP95Ms",
  coalesce(sum(frames_shown), 0) as "framesShown", coalesce(sum(frames_dropped), 0) as "framesDropped",
  coalesce(sum(frames_decoded), 0) as "framesDecoded", coalesce(sum(decode_ms), 0) as "decodeMs",
  coalesce(sum(freezes), 0) as freezes, coalesce(sum(frozen_ms), 0) as "frozenMs", coalesce(sum(seen_ms), 0) as "seenMs"`

async function rowsOf<T>(database: Pick<Database, 'execute'>, query: SQL): Promise<readonly T[]> {
  const { rows } = (await database.execute(query)) as { readonly rows: readonly T[] }
  return rows
}

function regionOf({ home, day: _day, x, y, z, ...sum }: Row, days: readonly DaySum[]): RegionSum {
  const [, country = '', lat, lon] = /^([^:]*)(?::(.+),(.+))?$/.exec(home) ?? []
  return {
    ...sum,
    country,
    cell: lat === undefined || lon === undefined ? null : { lat: Number(lat), lon: Number(lon) },
    middle: home === '' || x === null || y === null || z === null ? null : { x, y, z },
    days,
  }
}

const nothing: QualitySum = {
  plays: 0,
  measured: 0,
  clickP50Ms: null,
  clickP95Ms: null,
  framesShown: 0,
  framesDropped: 0,
  framesDecoded: 0,
  decodeMs: 0,
  freezes: 0,
  frozenMs: 0,
  seenMs: 0,
}
