import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { titlePlays } from './publishingSchema.ts'
import type { QualitySum, RegionSum, StoredQuality } from './publishingStore.ts'
import { sessions } from './schema.ts'

interface Place {
  readonly country: string
  readonly lat: number | null
  readonly lon: number | null
}
type Row = QualitySum & Place & { day: string | null; x: number | null; y: number | null; z: number | null }

/**
 * How sessions of a title did, all together, by day and by region. The players of a place are counted here, where nothing of who they are
 * leaves the store: a cell with fewer than `leastPlayers` of them is added to what is left of its country, and that, where it still has too
 * few, to elsewhere.
 * @param counted which sessions
 * @param dayOf the UTC day of a time
 */
export async function qualityFigures(
  database: Pick<Database, 'execute'>,
  { counted, dayOf, leastPlayers }: { counted: SQL; dayOf: (atMs: unknown) => SQL; leastPlayers: number },
): Promise<StoredQuality> {
  const from = sql`
    with plays as (
      select ${titlePlays}.*, ${dayOf(titlePlays.createdAtMs)} as day, coalesce(${sessions.guestId}, ${titlePlays.sessionId}) as player
      from ${titlePlays} left join ${sessions} on ${sessions.id} = ${titlePlays.sessionId}
      where ${counted} and ${titlePlays.playAtMs} is not null),
    cells as (
      select country, lat, lon from plays where lat is not null
      group by 1, 2, 3 having count(distinct player) >= ${leastPlayers}),
    placed as (
      select plays.*, cells.lat as cell_lat, cells.lon as cell_lon
      from plays left join cells on cells.country = plays.country and cells.lat = plays.lat and cells.lon = plays.lon),
    rests as (
      select country from placed where cell_lat is null and country <> ''
      group by 1 having count(distinct player) >= ${leastPlayers}),
    named as (
      select placed.*, case when cell_lat is not null or rests.country is not null then placed.country else '' end as home
      from placed left join rests on rests.country = placed.country)`
  const sums = sql`
    count(*)::integer as plays, count(seen_ms)::integer as measured,
    percentile_cont(0.5) within group (order by click_p50_ms) as "clickP50Ms",
    percentile_cont(0.5) within group (order by click_p95_ms) as "clickP95Ms",
    coalesce(sum(frames_shown), 0) as "framesShown", coalesce(sum(frames_dropped), 0) as "framesDropped",
    coalesce(sum(frames_decoded), 0) as "framesDecoded", coalesce(sum(decode_ms), 0) as "decodeMs",
    coalesce(sum(freezes), 0) as freezes, coalesce(sum(frozen_ms), 0) as "frozenMs", coalesce(sum(seen_ms), 0) as "seenMs"`
  const days = await rowsOf(
    database,
    sql`${from} select day, ${sums} from named group by grouping sets ((), (day)) order by day`,
  )
  const regions = await rowsOf(
    database,
    sql`${from} select home as country, cell_lat as lat, cell_lon as lon, day, ${sums},
      avg(cosd(lat) * cosd(lon)) as x, avg(cosd(lat) * sind(lon)) as y, avg(sind(lat)) as z
      from named group by grouping sets ((home, cell_lat, cell_lon), (home, cell_lat, cell_lon, day))
      having grouping(day) = 1 or count(distinct player) >= ${leastPlayers}
      order by plays desc, home, cell_lat, cell_lon, day`,
  )
  const daysOf = new Map<string, (QualitySum & { readonly day: string })[]>()
  for (const row of regions) daysOf.set(keyOf(row), [...(daysOf.get(keyOf(row)) ?? []), ...onDay(row)])
  return {
    total: days.find(({ day }) => day === null) ?? nothing,
    days: days.flatMap(onDay),
    regions: regions
      .filter(({ day }) => day === null)
      .map((row): RegionSum => {
        const { country, lat, lon, x, y, z, ...sum } = row
        const isElsewhere = country === '' && lat === null
        return {
          ...sum,
          country,
          cell: lat === null || lon === null ? null : { lat, lon },
          middle: isElsewhere || x === null || y === null || z === null ? null : { x, y, z },
          days: (daysOf.get(keyOf(row)) ?? []).sort((a, b) => (a.day < b.day ? -1 : 1)),
        }
      }),
  }
}

async function rowsOf(database: Pick<Database, 'execute'>, query: SQL): Promise<readonly Row[]> {
  const { rows } = (await database.execute(query)) as { readonly rows: readonly Row[] }
  return rows
}

const keyOf = ({ country, lat, lon }: Place): string => `${country}:${lat},${lon}`

const onDay = ({ day, ...sum }: Row): readonly (QualitySum & { readonly day: string })[] =>
  day === null ? [] : [{ ...sum, day }]

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
