import { NearcadeError } from '../../config/errors.ts'
import type { TitleLogs, TitleStats } from '../../config/protocol/publishing.ts'
import type { PlayFigures, PlayGroup, StoredQuality, TitlePlay } from '../store/publishingStore.ts'
import { qualityView } from './qualityView.ts'

const dayMs = 86_400_000
const mostDays = 400
const defaultDays = 30

export interface Period {
  /** Days, both included. */
  readonly from: string
  readonly to: string
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * The days that are asked for; the last thirty where nothing is said.
 * @throws NearcadeError bad-request
 */
export function periodOf(from: string | null, to: string | null, nowMs: number): Period {
  const toMs = to === null ? startOfDay(nowMs) : timeOf('to', to)
  const fromMs = from === null ? toMs - (defaultDays - 1) * dayMs : timeOf('from', from)
  if (fromMs > toMs) throw new NearcadeError('bad-request', ['from: must not be after to'])
  if (toMs - fromMs >= mostDays * dayMs)
    throw new NearcadeError('bad-request', [`from: must be within ${mostDays} days of to`])
  return { from: dayOf(fromMs), to: dayOf(toMs), fromMs, untilMs: toMs + dayMs }
}

const startOfDay = (atMs: number): number => Math.floor(atMs / dayMs) * dayMs
const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)
function timeOf(name: string, day: string): number {
  const atMs = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(atMs) || dayOf(atMs) !== day)
    throw new NearcadeError('bad-request', [`${name}: must be a day such as 2026-11-23`])
  return atMs
}

/** Of sessions that somebody played, or wanted to: the rest of the reasons is nobody's fault. */
const crashed: ReadonlySet<string> = new Set(['game-crashed', 'session-crashed', 'edge-gone'])
const failedStart: ReadonlySet<string> = new Set([
  ...crashed,
  'start-failed',
  'start-timeout',
  'node-failed',
  'game-exited',
  'saves-unavailable',
  'internal',
])

const countOf = (ends: PlayGroup['ends'], played: boolean, reasons: ReadonlySet<string>): number =>
  ends.reduce((sum, end) => sum + (end.played === played && reasons.has(end.reason) ? end.count : 0), 0)

/** Pure: what the store counted, as a publisher reads it. */
export function statsView(
  { groups, total, peaks }: PlayFigures,
  quality: StoredQuality,
  { from, to }: Period,
): TitleStats {
  const rows = groups.map(({ ends, ...group }) => {
    const byReason: TitleStats['rows'][number]['ends'] = {}
    for (const { reason, count } of ends) byReason[reason] = (byReason[reason] ?? 0) + count
    return {
      ...group,
      minutes: hundredths(group.minutes),
      crashes: countOf(ends, true, crashed),
      failedStarts: countOf(ends, false, failedStart),
      ends: byReason,
    }
  })
  return {
    from,
    to,
    total: {
      ...total,
      minutes: hundredths(total.minutes),
      crashes: rows.reduce((sum, { crashes }) => sum + crashes, 0),
      failedStarts: rows.reduce((sum, { failedStarts }) => sum + failedStarts, 0),
      mostAtOnce: Math.max(0, ...peaks.map(({ mostAtOnce }) => mostAtOnce)),
    },
    rows,
    days: [...peaks],
    quality: qualityView(quality),
  }
}

const hundredths = (value: number): number => Math.round(value * 100) / 100

export function logOf(play: TitlePlay): TitleLogs['sessions'][number] {
  const { sessionId, version, channel, createdAtMs, region, reason, detail, playAtMs, endedAtMs, quality } =
    play
  return {
    sessionId,
    version,
    channel,
    createdAtMs,
    region,
    end: { reason, detail, atMs: endedAtMs },
    startMs: playAtMs === null ? null : playAtMs - createdAtMs,
    minutes: playAtMs === null ? 0 : hundredths((endedAtMs - playAtMs) / 60_000),
    clickP50Ms: quality?.clickP50Ms ?? null,
    clickP95Ms: quality?.clickP95Ms ?? null,
    frames:
      quality === null
        ? null
        : { shown: quality.framesShown, dropped: quality.framesDropped, freezes: quality.freezes },
  }
}
