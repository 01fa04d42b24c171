import {
  type Promotion,
  type PublishedTitle,
  publishedTitle,
  publishedTitles,
  titleDetails,
  titleLogs,
} from '../../../config/protocol/publishing.ts'
import { asMember, type Context, shortPatience } from '../context.ts'
import { patiently } from '../patience.ts'
import type { Member } from '../surroundings.ts'
import type { Outcome } from '../terminal.ts'
import { bytesText, columns, timeText } from '../words.ts'
import { installLines } from './installLines.ts'

export const titlesAt = (orgId: string, ...rest: readonly string[]): string =>
  `/api/orgs/${[orgId, 'titles', ...rest].map(encodeURIComponent).join('/')}`

export function list(context: Context, titleId: string | undefined): Promise<Outcome> {
  return asMember(context, async ({ router, orgId, organisation }) => {
    const patience = shortPatience(context)
    const { signal } = patience
    if (titleId !== undefined) {
      const at = titlesAt(orgId, titleId)
      const title = await patiently(() => router.call(titleDetails, 'GET', at, { signal }), patience)
      const rows = title.versions.map((one) => [
        one.version,
        channelsOf(title, one.version),
        bytesText(one.sizeBytes),
        `check: ${one.check.state}`,
        `${timeText(one.createdAtMs)}, ${one.createdBy}`,
      ])
      return { result: title, lines: [titleLine(title), ...columns(rows), ...installLines(title)] }
    }
    const { titles } = await patiently(
      () => router.call(publishedTitles, 'GET', titlesAt(orgId), { signal }),
      patience,
    )
    const rows = titles.map((title) => [title.titleId, title.name, stateOf(title)])
    return {
      result: { titles },
      lines: titles.length === 0 ? [`${organisation} has no titles yet.`] : columns(rows),
    }
  })
}

export const promote = (context: Context, titleId: string, promotion: Promotion): Promise<Outcome> =>
  change(context, titleId, 'promote', promotion, (title, { router }) => {
    const { staging } = title.channels
    if (promotion.channel === 'live')
      return promotion.canaryPercent === undefined
        ? `Everybody gets ${promotion.version} from now on.`
        : `${promotion.canaryPercent} of 100 players get ${promotion.version} from now on.`
    return `Play it: ${router.server}/test/${staging?.testToken ?? ''}`
  })

export const rollback = (context: Context, titleId: string): Promise<Outcome> =>
  change(
    context,
    titleId,
    'rollback',
    {},
    ({ channels: { live } }) => `Players get ${live ?? 'nothing'} again.`,
  )

export const withdraw = (context: Context, titleId: string): Promise<Outcome> =>
  change(
    context,
    titleId,
    'withdraw',
    {},
    () => 'Nobody can start it any more. Who plays it goes on as they like.',
  )

export const restore = (context: Context, titleId: string): Promise<Outcome> =>
  change(context, titleId, 'restore', {}, () => 'It is on offer again.')

function change(
  context: Context,
  titleId: string,
  verb: 'promote' | 'rollback' | 'withdraw' | 'restore',
  json: unknown,
  said: (title: PublishedTitle, member: Member) => string,
): Promise<Outcome> {
  return asMember(context, async (member) => {
    const { router, orgId } = member
    // Not again by itself: a rollback that was done and not heard of would go back once more.
    const title = await router.call(publishedTitle, 'POST', titlesAt(orgId, titleId, verb), {
      json,
      signal: context.around.signal,
    })
    return { result: title, lines: [said(title, member), titleLine(title)] }
  })
}

export function logs(context: Context, titleId: string, limit: number): Promise<Outcome> {
  return asMember(context, async ({ router, orgId }) => {
    const patience = shortPatience(context)
    const at = `${titlesAt(orgId, titleId, 'logs')}?limit=${limit}`
    const found = await patiently(
      () => router.call(titleLogs, 'GET', at, { signal: patience.signal }),
      patience,
    )
    const rows = found.sessions.map((one) => [
      timeText(one.createdAtMs),
      one.version,
      one.region === '' ? '-' : one.region,
      one.startMs === null ? '-' : `${(one.startMs / 1000).toFixed(1)} s to start`,
      one.clickP50Ms === null ? '-' : `${Math.round(one.clickP50Ms)} ms click-to-photon`,
      `${one.minutes.toFixed(1)} min`,
      `${one.end.reason}${one.end.detail === null ? '' : `: ${one.end.detail}`}`,
    ])
    return { result: found, lines: rows.length === 0 ? ['Nobody has played it yet.'] : columns(rows) }
  })
}

const titleLine = (title: PublishedTitle): string => `${title.titleId}: ${stateOf(title)}`

function stateOf({ withdrawn, channels: { live, canary, staging }, rolledBack }: PublishedTitle): string {
  return [
    withdrawn ? 'withdrawn' : null,
    `live ${live ?? '-'}`,
    canary === null ? null : `canary ${canary.version} for ${canary.percent} %`,
    staging === null ? null : `staging ${staging.version}`,
    rolledBack === null ? null : `took ${rolledBack.version} back by itself: ${rolledBack.why}`,
  ]
    .filter((part) => part !== null)
    .join(', ')
}

const channelsOf = ({ channels: { live, canary, staging } }: PublishedTitle, version: string): string =>
  [
    live === version ? 'live' : null,
    canary?.version === version ? `canary ${canary.percent} %` : null,
    staging?.version === version ? 'staging' : null,
  ]
    .filter((part) => part !== null)
    .join(', ') || '-'
