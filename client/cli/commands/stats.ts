import { type TitleStats, titleStats } from '../../../config/protocol/publishing.ts'
import { mostStars, type TitleRatings, titleRatings } from '../../../config/protocol/ratings.ts'
import type { QualityFigures, RegionQuality } from '../../../config/protocol/titleQuality.ts'
import { asMember, type Context, shortPatience } from '../context.ts'
import { patiently } from '../patience.ts'
import type { Outcome } from '../terminal.ts'
import { columns } from '../words.ts'
import { titlesAt } from './channels.ts'

export interface Days {
  /** `2026-11-01`, in UTC; absent: four weeks back. */
  readonly from?: string | undefined
  /** Included; absent: today. */
  readonly to?: string | undefined
}

const dayMs = 24 * 3_600_000
const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)

export function stats(context: Context, titleId: string, days: Days): Promise<Outcome> {
  return asMember(context, async ({ router, orgId }) => {
    const patience = shortPatience(context)
    const { signal } = patience
    const nowMs = Date.now()
    const { from = dayOf(nowMs - 27 * dayMs), to = dayOf(nowMs) } = days
    const at = `${titlesAt(orgId, titleId, 'stats')}?from=${from}&to=${to}`
    const found = await patiently(() => router.call(titleStats, 'GET', at, { signal }), patience)
    const ratings = await patiently(
      () => router.call(titleRatings, 'GET', titlesAt(orgId, titleId, 'ratings'), { signal }),
      patience,
    )
    return { result: { ...found, ratings }, lines: statsLines(found, ratings) }
  })
}

/** Pure: what a terminal shows of them. */
export function statsLines(found: TitleStats, ratings: TitleRatings): readonly string[] {
  const { total, quality } = found
  const rows = found.rows.map((row) => [
    row.day,
    row.region === '' ? '-' : row.region,
    row.version,
    String(row.plays),
    row.minutes.toFixed(0),
    `${seconds(row.startP50Ms)} / ${seconds(row.startP95Ms)}`,
    String(row.crashes),
    String(row.failedStarts),
  ])
  const places = quality.regions.map((region) => [
    placeOf(region),
    String(region.plays),
    `${ms(region.clickP50Ms)} / ${ms(region.clickP95Ms)}`,
    dropped(region),
    freezes(region),
  ])
  return [
    `${found.from} to ${found.to}: ${total.plays} plays, ${total.minutes.toFixed(0)} minutes, at most ${total.mostAtOnce} at once, ${total.crashes} crashes, ${total.failedStarts} failed starts.`,
    quality.total.measured === 0
      ? 'No session was measured.'
      : `${quality.total.measured} sessions measured: click-to-photon ${ms(quality.total.clickP50Ms)}, one in twenty over ${ms(quality.total.clickP95Ms)}; ${dropped(quality.total)} of the frames lost, ${freezes(quality.total)} freezes an hour.`,
    ratings.mean === null
      ? 'Nobody has rated it yet.'
      : `Players rate it ${ratings.mean.toFixed(2)} of ${mostStars} stars; ${ratings.players} did.`,
    ...(rows.length === 0
      ? []
      : columns([
          ['day', 'site', 'version', 'plays', 'min', 'start p50 / p95', 'crashes', 'failed'],
          ...rows,
        ])),
    ...(places.length === 0
      ? []
      : ['', ...columns([['from', 'plays', 'click p50 / p95', 'lost', 'freezes/h'], ...places])]),
  ]
}

const seconds = (value: number | null): string => (value === null ? '-' : `${(value / 1000).toFixed(1)} s`)
const ms = (value: number | null): string => (value === null ? '-' : `${Math.round(value)} ms`)

function dropped({ framesShown, framesDropped }: QualityFigures): string {
  const all = framesShown + framesDropped
  return all === 0 ? '-' : `${((100 * framesDropped) / all).toFixed(1)} %`
}

const freezes = ({ freezes: count, seenMinutes }: QualityFigures): string =>
  seenMinutes === 0 ? '-' : ((count * 60) / seenMinutes).toFixed(1)

/** `PT 39,-9`, `PT` for what is left of it. */
const placeOf = ({ country, cell }: RegionQuality): string =>
  cell === null ? country || 'elsewhere' : `${country} ${cell.lat},${cell.lon}`.trim()
