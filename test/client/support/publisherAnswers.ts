import type { Page } from 'playwright-core'
import { errorCatalogue } from '../../../config/errors.ts'
import type { AccountView } from '../../../config/protocol/account.ts'
import type { TitleMedia } from '../../../config/protocol/media.ts'
import type { TitleDetails, TitleLogs, TitleStats } from '../../../config/protocol/publishing.ts'
import type { TitleRatings } from '../../../config/protocol/ratings.ts'
import type { QualityFigures } from '../../../config/protocol/titleQuality.ts'

const account: AccountView = {
  signIn: { openId: null, verifies: false },
  account: { id: 'ada', name: 'Ada', email: 'ada@example.org', isOperator: false, playerId: 'guest' },
  organisations: [{ id: 'org', name: 'Harbour', slug: 'harbour', kind: 'publisher', role: 'analyst' }],
}
const title: TitleDetails = {
  titleId: 'pong',
  name: 'Pong',
  withdrawn: false,
  channels: { staging: null, live: null, canary: null },
  rolledBack: null,
  versions: [],
  installs: [
    {
      version: '1.1.0',
      ready: 1,
      installing: 0,
      faults: [
        {
          error: { ...errorCatalogue['node-lacks'], code: 'node-lacks', details: ['/usr/games/doom'] },
          nodes: 2,
          sites: ['Porto', 'Ulm'],
        },
      ],
    },
  ],
}

const quality = (clickMs: number | null, measured = 5): QualityFigures => ({
  measured,
  clickP50Ms: clickMs,
  clickP95Ms: clickMs === null ? null : 2 * clickMs,
  framesShown: 9_900,
  framesDropped: 100,
  decodeMs: 1.5,
  freezes: 3,
  frozenMs: 1_400,
  seenMinutes: 60,
})
const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)
const today = day(Date.now())
const yesterday = day(Date.now() - 86_400_000)

const none = { plays: 0, minutes: 0, startP50Ms: null, startP95Ms: null, crashes: 0, failedStarts: 0 }
const nothing = {
  ...quality(null, 0),
  framesShown: 0,
  framesDropped: 0,
  decodeMs: null,
  freezes: 0,
  frozenMs: 0,
  seenMinutes: 0,
}
export const emptyStats: TitleStats = {
  from: yesterday,
  to: today,
  total: { ...none, mostAtOnce: 0 },
  rows: [],
  days: [],
  quality: { total: nothing, days: [], regions: [] },
}
export const fullStats: TitleStats = {
  ...emptyStats,
  quality: {
    total: quality(48.4, 12),
    days: [
      { day: yesterday, ...quality(60) },
      { day: today, ...quality(40) },
    ],
    regions: [
      {
        country: 'PT',
        cell: { lat: 39, lon: -9 },
        at: { lat: 39, lon: -9 },
        plays: 60,
        ...quality(42),
        days: [{ day: today, ...quality(42) }],
      },
      { country: 'PT', cell: null, at: { lat: 41, lon: -8 }, plays: 7, ...quality(90), days: [] },
      { country: 'BR', cell: null, at: { lat: -23, lon: -47 }, plays: 6, ...quality(180), days: [] },
      { country: '', cell: null, at: null, plays: 2, ...quality(null, 0), days: [] },
    ],
  },
}
export const emptyRatings: TitleRatings = { players: 0, mean: null, byStars: [0, 0, 0, 0, 0], texts: [] }
export const fullRatings: TitleRatings = {
  players: 7,
  mean: 4.14,
  byStars: [0, 1, 0, 3, 3],
  texts: [{ stars: 5, text: 'More <b>levels</b>,\nplease!', version: '1.0.0', atMs: Date.now() }],
}

const noMedia: TitleMedia = { items: [], stopped: null }

/** Somebody is signed in who may look at one title; every request is answered here. */
export async function answerPublisher(page: Page, stats: TitleStats, ratings: TitleRatings): Promise<void> {
  const logs: TitleLogs = { sessions: [] }
  const answers: readonly (readonly [pattern: string, answer: unknown])[] = [
    ['**/api/account', account],
    ['**/api/orgs/org/titles/pong', title],
    ['**/api/orgs/org/titles/pong/media', noMedia],
    ['**/api/orgs/org/titles/pong/stats?*', stats],
    ['**/api/orgs/org/titles/pong/ratings', ratings],
    ['**/api/orgs/org/titles/pong/logs?*', logs],
  ]
  for (const [pattern, answer] of answers)
    await page.route(pattern, (route) => route.fulfill({ json: answer }))
}
