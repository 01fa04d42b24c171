import { expect } from 'chai'
import { decodeValue } from '../../../config/protocol/decode.ts'
import { titleLogs, titleStats } from '../../../config/protocol/publishing.ts'
import { periodOf, statsView } from '../../../server/publishing/stats.ts'
import { playsCsv } from '../../../server/publishing/statsCsv.ts'
import type { SessionQuality } from '../../../server/publishing/playQuality.ts'
import type { PlayGroup, TitlePlay } from '../../../server/store/publishingStore.ts'
import { freshId, sessionOf } from '../store.contract.ts'
import { buildOf, openPublishingBed } from './publishingBed.ts'

const noon = Date.parse('2026-11-20T12:00:00Z')
const minute = 60_000

const quality = (clickMs: number): SessionQuality => ({
  clickP50Ms: clickMs,
  clickP95Ms: 2 * clickMs,
  framesShown: 600,
  framesDropped: 6,
  framesDecoded: 600,
  decodeMs: 1200,
  freezes: 1,
  frozenMs: 400,
  seenMs: 10_000,
})
const noQuality = { plays: 0, measured: 0, ...quality(1) }
const lisbon = { country: 'PT', lat: 39, lon: -9 }

describe("a title's figures", () => {
  let bed: Awaited<ReturnType<typeof openPublishingBed>>
  before(async function () {
    this.timeout(60_000)
    bed = await openPublishingBed()
  })
  after(() => bed.close())

  /** A title of the organisation with these sessions. */
  async function titleWith(plays: readonly Partial<TitlePlay>[]): Promise<string> {
    const id = freshId('title')
    await bed.call('owner', 'POST', '/versions', {
      uploadId: bed.packages.upload('org', buildOf(id, '1.0.0')),
    })
    for (const change of plays)
      await bed.store.publishing.addPlay({
        sessionId: freshId('session'),
        titleId: id,
        version: '1.0.0',
        channel: 'live',
        region: 'Lisbon',
        createdAtMs: noon,
        playAtMs: noon + 2_000,
        endedAtMs: noon + 2_000 + 10 * minute,
        reason: 'player-ended',
        detail: null,
        place: null,
        quality: null,
        ...change,
      })
    return id
  }
  const statsOf = async (id: string, query = '?from=2026-11-20&to=2026-11-21') => {
    const { body } = await bed.call('analyst', 'GET', `/${id}/stats${query}`)
    const decoded = decodeValue(titleStats, body)
    if (!decoded.ok) throw new Error(JSON.stringify(body))
    return decoded.value
  }

  it('counts plays, minutes, starts, crashes and failed starts by day, region and version', async () => {
    const nextDay = {
      createdAtMs: noon + 86_400_000,
      playAtMs: noon + 86_401_000,
      endedAtMs: noon + 86_461_000,
    }
    const id = await titleWith([
      {},
      { playAtMs: noon + 4_000, endedAtMs: noon + 4_000 + 5 * minute, reason: 'game-crashed' },
      { playAtMs: null, endedAtMs: noon + 9_000, reason: 'start-failed' },
      { playAtMs: null, endedAtMs: noon + 9_000, reason: 'queue-left', region: '' },
      { ...nextDay, version: '1.1.0', channel: 'canary' },
      { channel: 'staging' },
      { createdAtMs: noon - 86_400_000 },
    ])
    const { rows, total, days } = await statsOf(id)
    expect(rows.map(({ day, region, version, plays }) => [day, region, version, plays])).to.deep.equal([
      ['2026-11-20', '', '1.0.0', 0],
      ['2026-11-20', 'Lisbon', '1.0.0', 2],
      ['2026-11-21', 'Lisbon', '1.1.0', 1],
    ])
    expect(rows[1]).to.deep.include({
      minutes: 15,
      startP50Ms: 3_000,
      crashes: 1,
      failedStarts: 1,
      ends: { 'player-ended': 1, 'game-crashed': 1, 'start-failed': 1 },
    })
    expect(total).to.deep.include({ plays: 3, minutes: 16, crashes: 1, failedStarts: 1, mostAtOnce: 2 })
    expect(days).to.deep.equal([
      { day: '2026-11-20', mostAtOnce: 2 },
      { day: '2026-11-21', mostAtOnce: 1 },
    ])
  })

  it('counts one who ends when another comes as never two at once, and sees those who play over midnight', async () => {
    const id = await titleWith([
      { playAtMs: noon, endedAtMs: noon + minute },
      { playAtMs: noon + minute, endedAtMs: noon + 13 * 3_600_000 },
    ])
    expect((await statsOf(id)).days).to.deep.equal([
      { day: '2026-11-20', mostAtOnce: 1 },
      { day: '2026-11-21', mostAtOnce: 1 },
    ])
  })

  it('says how it played by day and by region, every session counting once', async () => {
    const nextDay = { createdAtMs: noon + 86_400_000, playAtMs: noon + 86_401_000 }
    const id = await titleWith([
      ...[30, 40, 50, 60, 70].map((ms) => ({ place: lisbon, quality: quality(ms) })),
      { place: lisbon, ...nextDay, endedAtMs: noon + 86_500_000 },
      // Places with too few players each, but not their country.
      ...[1, 2, 3, 4, 5].map((lat) => ({
        place: { country: 'FJ', lat: -lat, lon: lat < 3 ? 179 : -179 },
        quality: quality(200),
      })),
      { place: { country: 'IS', lat: 64, lon: -22 }, quality: quality(90) },
      { quality: quality(100) },
      { playAtMs: null, place: lisbon },
      { channel: 'staging', place: lisbon, quality: quality(1) },
    ])
    const { total, days, regions } = (await statsOf(id)).quality
    expect(total).to.deep.include({ measured: 12, clickP50Ms: 95, clickP95Ms: 190, framesShown: 7_200 })
    expect(total).to.deep.include({ decodeMs: 2, freezes: 12, frozenMs: 4_800, seenMinutes: 2 })
    expect(days.map(({ day, measured }) => [day, measured])).to.deep.equal([
      ['2026-11-20', 12],
      ['2026-11-21', 0],
    ])
    expect(
      regions.map(({ country, cell, at, plays, measured, clickP50Ms }) => [
        country,
        cell,
        at,
        plays,
        measured,
        clickP50Ms,
      ]),
    ).to.deep.equal([
      ['PT', { lat: 39, lon: -9 }, { lat: 39, lon: -9 }, 6, 5, 50],
      ['FJ', null, { lat: -3, lon: -180 }, 5, 5, 200],
      ['', null, null, 2, 2, 95],
    ])
    // A day with one player alone says nothing of where they are.
    expect(regions[0]?.days.map(({ day, clickP50Ms }) => [day, clickP50Ms])).to.deep.equal([
      ['2026-11-20', 50],
    ])

    const table = async (by: string) =>
      String(
        (await bed.call('statsKey', 'GET', `/${id}/stats?from=2026-11-20&to=2026-11-21&format=csv&by=${by}`))
          .body['text'],
      ).split('\r\n')
    expect((await table('day')).slice(0, 2)).to.deep.equal([
      'day,measured,clickP50Ms,clickP95Ms,framesShown,framesDropped,decodeMs,freezes,frozenMs,seenMinutes',
      '2026-11-20,12,95,190,7200,72,2,12,4800,2',
    ])
    expect((await table('region')).slice(1)).to.deep.equal([
      'PT,39,-9,6,5,50,100,3000,30,2,5,2000,0.83',
      'FJ,,,5,5,200,400,3000,30,2,5,2000,0.83',
      ',,,2,2,95,190,1200,12,2,2,800,0.33',
      '',
    ])
    expect((await bed.call('statsKey', 'GET', `/${id}/stats?format=csv&by=moon`)).status).equals(400)
  })

  it('counts several sessions of one player as one player of a region', async () => {
    const guestId = freshId('guest')
    const plays: Partial<TitlePlay>[] = []
    for (let count = 0; count < 6; count += 1) {
      const session = sessionOf(guestId, freshId('key'))
      await bed.store.sessions.create(session, 9)
      plays.push({ sessionId: session.id, place: lisbon, quality: quality(40) })
    }
    const { regions } = (await statsOf(await titleWith(plays))).quality
    expect(regions.map(({ country, plays: count }) => [country, count])).to.deep.equal([['', 6]])
  })

  it('is empty where nobody played, and says which days it is of', async () => {
    const stats = await statsOf(await titleWith([]))
    expect([stats.from, stats.to, stats.rows, stats.total.plays, stats.total.startP50Ms]).to.deep.equal([
      '2026-11-20',
      '2026-11-21',
      [],
      0,
      null,
    ])
  })

  it('takes the last thirty days where none are named, and refuses what are no days', () => {
    expect(periodOf(null, null, noon)).to.include({ from: '2026-10-22', to: '2026-11-20' })
    for (const [from, to] of [
      ['2026-02-30', null],
      ['yesterday', null],
      ['2026-11-22', '2026-11-21'],
      ['2020-01-01', '2026-11-21'],
    ] as const)
      expect(() => periodOf(from, to, noon), `${from} ${to}`).to.throw('bad-request')
  })

  it('is a table for spreadsheets, in which the name of a site is never a formula', () => {
    const group: PlayGroup = {
      day: '2026-11-20',
      region: '=HYPERLINK("x"),\n',
      version: '1.0.0',
      plays: 1,
      minutes: 1.234,
      startP50Ms: null,
      startP95Ms: 9,
      ends: [{ reason: 'player-ended', played: true, count: 1 }],
    }
    const period = periodOf('2026-11-20', '2026-11-20', noon)
    const none = { total: noQuality, days: [], regions: [] }
    const csv = playsCsv(statsView({ groups: [group], total: group, peaks: [] }, none, period))
    expect(csv).equals(
      'day,region,version,plays,minutes,startP50Ms,startP95Ms,crashes,failedStarts,ends\r\n' +
        '2026-11-20,"\'=HYPERLINK(""x""),\n",1.0.0,1,1.23,,9,0,0,player-ended=1\r\n',
    )
  })

  it('comes as a file of that kind', async () => {
    const id = await titleWith([{}])
    const { body } = await bed.call(
      'statsKey',
      'GET',
      `/${id}/stats?from=2026-11-20&to=2026-11-20&format=csv`,
    )
    expect(String(body['text']).split('\r\n')[1]).to.match(
      /^2026-11-20,Lisbon,1\.0\.0,1,10,2000,2000,0,0,player-ended=1$/,
    )
  })

  it('comes with what became of each session, the latest first, and nothing of who played', async () => {
    const id = await titleWith([
      { sessionId: freshId('old') },
      { createdAtMs: noon + 1, reason: 'game-crashed', detail: 'signal 11', channel: 'canary' },
    ])
    const { body } = await bed.call('analyst', 'GET', `/${id}/logs?limit=1`)
    const decoded = decodeValue(titleLogs, body)
    expect(decoded.ok && decoded.value.sessions).to.have.length(1)
    expect(decoded.ok && decoded.value.sessions[0]).to.deep.include({
      channel: 'canary',
      startMs: 1999,
      minutes: 10,
    })
    expect(decoded.ok && decoded.value.sessions[0]?.end).to.include({
      reason: 'game-crashed',
      detail: 'signal 11',
    })
    expect(JSON.stringify(body)).not.to.match(/guest/i)
    expect((await bed.call('analyst', 'GET', `/${id}/logs?limit=many`)).status).equals(400)
  })

  it('is given away whole, and forgotten when its publisher says so', async () => {
    const id = await titleWith([{}, {}])
    const rating = { titleId: id, stars: 4, words: 'fun', version: '1.0.0', atMs: 7 }
    await bed.store.publishing.putRating({ ...rating, playerId: 'guest-1' })
    const { body } = await bed.call('owner', 'GET', `/${id}/export`)
    expect(String(body['text'])).not.to.contain('guest-1')
    const kinds = String(body['text'])
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind)
    expect(kinds).to.deep.equal(['title', 'version', 'session', 'session', 'rating'])
    expect((await bed.call('analyst', 'GET', `/${id}/ratings`)).body).to.deep.include({ players: 1, mean: 4 })
    await bed.call('owner', 'DELETE', `/${id}/stats`)
    expect((await statsOf(id)).rows).to.deep.equal([])
    expect((await bed.call('analyst', 'GET', `/${id}/ratings`)).body).to.deep.include({
      players: 0,
      mean: null,
    })
  })

  it('goes with the title, its versions and its players’ saves, but for a title that somebody plays', async () => {
    const id = await titleWith([{}])
    const { treeId = '' } = (await bed.store.publishing.version(id, '1.0.0')) ?? {}
    const session = {
      ...sessionOf(freshId('guest')),
      titleId: id,
      build: { version: '1.0.0', channel: 'live' } as const,
    }
    await bed.store.sessions.create(session, 1)
    const home = { guestId: session.guestId, titleId: id, slot: 1 }
    await bed.store.saves.take(home, 0, { sessionId: session.id, nodeId: 'n', leaseId: 'l' })
    expect((await bed.call('owner', 'DELETE', `/${id}`)).body['error']).to.include({ code: 'version-in-use' })
    expect(await bed.store.saves.homes(session.guestId, id)).to.have.length(1)

    const end = { reason: 'player-ended', detail: null } as const
    await bed.store.sessions.advance({
      sessionId: session.id,
      revision: 1,
      state: { kind: 'ended', ...end, endedAtMs: 9 },
      nodeSeq: 0,
      events: [{ kind: 'end', ...end, atMs: 9 }],
      source: 'router',
      atMs: 9,
    })
    expect((await bed.call('owner', 'DELETE', `/${id}`)).status).equals(200)
    expect(await bed.store.saves.homes(session.guestId, id)).to.deep.equal([])
    expect(await bed.store.publishing.latestPlays(id, 9)).to.deep.equal([])
    expect([bed.packages.kept.has(treeId), bed.catalogue.isWithdrawn(id)]).to.deep.equal([false, true])
    // Nobody else gets the id, and with it what players remember of it.
    const uploadId = bed.packages.upload('other', buildOf(id, '1.0.0'))
    expect((await bed.call('stranger', 'POST', '/versions', { uploadId }, 'other')).body['error']).to.include(
      {
        code: 'title-taken',
      },
    )
  })
})
