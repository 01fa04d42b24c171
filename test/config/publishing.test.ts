import { expect } from 'chai'
import type * as z from 'zod/mini'
import { decodeValue } from '../../config/protocol/decode.ts'
import {
  newVersion,
  type Promotion,
  promotion,
  publishedTitles,
  type PublishedTitle,
  type TitleDetails,
  titleDetails,
  type TitleLogs,
  titleLogs,
  type TitleStats,
  titleStats,
  type TitleVersion,
  titleVersion,
  type VersionCheck,
} from '../../config/protocol/publishing.ts'
import { titleJson } from '../server/support/titles.ts'

const passed: VersionCheck = {
  state: 'passed',
  report: { atMs: 5, items: [{ name: 'fps', passed: true, measured: '60 of 60', next: null }] },
}
const title: PublishedTitle = {
  titleId: 'latency-lab',
  name: 'Latency Lab',
  withdrawn: false,
  channels: { staging: null, live: '1.0.0', canary: { version: '1.1.0', percent: 10, sinceMs: 6 } },
  rolledBack: null,
}
const build: TitleVersion = {
  titleId: 'latency-lab',
  version: '1.0.0',
  treeId: 'a'.repeat(64),
  manifest: titleJson('latency-lab'),
  sizeBytes: 7,
  createdAtMs: 4,
  createdBy: 'Ada',
  check: passed,
}
const figures = { plays: 2, minutes: 3.5, startP50Ms: 900, startP95Ms: null, crashes: 0, failedStarts: 1 }

function fits<T>(schema: z.ZodMiniType<T>, value: unknown): boolean {
  return decodeValue(schema, value).ok
}

describe("the publisher's API", () => {
  it('takes a share of players between 1 and 99 percent, and versions as manifests write them', () => {
    const to: Promotion = { version: '1.0.0', channel: 'live' }
    expect(fits(promotion, to)).equals(true)
    expect(fits(promotion, { ...to, canaryPercent: 10 })).equals(true)
    for (const bad of [
      { canaryPercent: 0 },
      { canaryPercent: 100 },
      { canaryPercent: 1.5 },
      { version: 'one' },
    ])
      expect(fits(promotion, { ...to, ...bad }), JSON.stringify(bad)).equals(false)
    expect(fits(newVersion, { uploadId: '../x' })).equals(false)
  })

  it('reads what it says of titles, versions and figures', () => {
    expect(fits(publishedTitles, { titles: [title] })).equals(true)
    expect(fits(titleVersion, build)).equals(true)
    const details: TitleDetails = { ...title, versions: [build] }
    expect(fits(titleDetails, details)).equals(true)
    const quality = {
      measured: 5,
      clickP50Ms: 41.5,
      clickP95Ms: null,
      framesShown: 600,
      framesDropped: 1,
      decodeMs: null,
      freezes: 0,
      frozenMs: 0,
      seenMinutes: 0.2,
    }
    const row = {
      day: '2026-11-23',
      region: 'Home',
      version: '1.0.0',
      ...figures,
      ends: { 'player-ended': 2 },
    }
    const stats: TitleStats = {
      from: '2026-11-23',
      to: '2026-11-23',
      total: { ...figures, mostAtOnce: 1 },
      rows: [row],
      days: [],
      quality: {
        total: quality,
        days: [{ day: '2026-11-23', ...quality }],
        regions: [{ country: 'PT', cell: null, at: { lat: 39, lon: -9 }, plays: 5, ...quality, days: [] }],
      },
    }
    expect(fits(titleStats, stats)).equals(true)
    const session = {
      sessionId: 's',
      version: '1.0.0',
      channel: 'live' as const,
      createdAtMs: 1,
      region: '',
      end: { reason: 'game-crashed' as const, detail: null, atMs: 2 },
      startMs: null,
      minutes: 0,
      clickP50Ms: 40,
      clickP95Ms: null,
      frames: { shown: 600, dropped: 1, freezes: 0 },
    }
    const logs: TitleLogs = { sessions: [session] }
    expect(fits(titleLogs, logs)).equals(true)
  })
})
