import { expect } from 'chai'
import { decodeValue } from '../../../config/protocol/decode.ts'
import { titleLogs, titleStats } from '../../../config/protocol/publishing.ts'
import { periodOf, statsCsv, statsView } from '../../../server/publishing/stats.ts'
import type { PlayGroup, TitlePlay } from '../../../server/store/publishingStore.ts'
import { freshId, sessionOf } from '../store.contract.ts'
import { buildOf, openPublishingBed } from './publishingBed.ts'

const noon = Date.parse('2026-11-20T12:00:00Z')
const minute = 60_000

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
    const csv = statsCsv(statsView({ groups: [group], total: group, peaks: [] }, period))
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
    const { body } = await bed.call('owner', 'GET', `/${id}/export`)
    const kinds = String(body['text'])
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind)
    expect(kinds).to.deep.equal(['title', 'version', 'session', 'session'])
    await bed.call('owner', 'DELETE', `/${id}/stats`)
    expect((await statsOf(id)).rows).to.deep.equal([])
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
