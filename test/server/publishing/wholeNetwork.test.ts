import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { pino } from 'pino'
import { packageChunkBytes, packageManifest, type PackageTree } from '../../../config/protocol/package.ts'
import { frameHead } from '../../../config/protocol/packageFrames.ts'
import type {
  PublishedTitle,
  TitleDetails,
  TitleStats,
  TitleVersion,
} from '../../../config/protocol/publishing.ts'
import { parseEdgeSettings } from '../../../config/settings/edge.ts'
import { parseRouterSettings } from '../../../config/settings/router.ts'
import type { UploadView } from '../../../config/protocol/uploads.ts'
import { type Agent, startAgent } from '../../../edge/agent/agent.ts'
import { chromiumFile } from '../../../edge/titles/html5/chromiumCommand.ts'
import { type Router, startRouter } from '../../../server/router.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { type FakePlayer, openPlayer } from '../../edge/agent/fakePlayer.ts'
import { type Browser, makeOrganisation, openBrowser, signUp } from '../accounts/browser.ts'

/** Where everybody is. */
const lisbon = {
  lat: 38.72,
  lon: -9.14,
  country: 'PT',
  accuracyKm: 20,
  source: 'test',
  dataDate: 'today',
}
const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** A game that is in no catalogue: the files of ours that runs in a browser, under another name. */
async function buildOf(titleId: string, version: string): Promise<ReadonlyMap<string, Buffer>> {
  const folder = path.resolve('edge/titles/stardust')
  const files = new Map<string, Buffer>()
  for (const name of await readdir(folder)) files.set(name, await readFile(path.join(folder, name)))
  const manifest = JSON.parse(String(files.get(packageManifest))) as Record<string, object>
  const changed = {
    ...manifest,
    id: titleId,
    version,
    name: 'Comet',
    display: { ...manifest['display'], fps: 10 },
    saves: ['.chromium/Default/Local Storage/**'],
  }
  files.set(
    'game.js',
    Buffer.concat([
      Buffer.from("localStorage.setItem('began', 'yes')\n"),
      files.get('game.js') ?? Buffer.alloc(0),
    ]),
  )
  return files.set(packageManifest, Buffer.from(JSON.stringify(changed)))
}

/** From a build on a disk to strangers who play it, on a real router and a real node. */
describe("a publisher's way from a build to players", function () {
  this.timeout(300_000)
  let router: Router
  let store: Store
  let agent: Agent
  let folder: string
  let owner: Browser
  let base: string
  const players: FakePlayer[] = []

  before(async function () {
    if (!existsSync(chromiumFile)) this.skip()
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-test-publishing-'))
    store = await openPgliteStore(null)
    router = await startRouter(
      parseRouterSettings({
        NEARCADE_PORT: '0',
        NEARCADE_DATA: path.join(folder, 'router'),
        NEARCADE_TITLES: path.resolve('edge/titles'),
        NEARCADE_WEB: folder,
        NEARCADE_ENROL_TOKEN: 'token',
        NEARCADE_HEARTBEAT_MS: '300',
      }),
      { log, store, prior: { lookup: async () => lisbon, close: async () => {} } },
    )
    agent = await startAgent(
      parseEdgeSettings({
        NEARCADE_ROUTER_URL: `ws://127.0.0.1:${router.port}`,
        NEARCADE_DATA: path.join(folder, 'edge'),
        NEARCADE_TITLES: path.resolve('edge/titles'),
        NEARCADE_ENROL_TOKEN: 'token',
        NEARCADE_SEATS: '2',
      }),
      { log, sessionEnv: { PATH: process.env['PATH'] ?? '' } },
    )
    await agent.accepted
    owner = openBrowser(router.port)
    await signUp(owner, 'ada@example.org', 'Ada')
    base = `/api/orgs/${await makeOrganisation(owner, 'comets')}`
  })
  after(async () => {
    for (const player of players) await player.close()
    await agent?.close()
    await router?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  async function ok<T>(answer: Promise<{ status: number; body: unknown }>): Promise<T> {
    const { status, body } = await answer
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
    return body as T
  }

  async function upload(files: ReadonlyMap<string, Buffer>): Promise<string> {
    const chunks = new Map<string, Buffer>()
    const tree: PackageTree = {
      files: [...files]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, bytes]) => {
          const hashes: string[] = []
          for (let at = 0; at < bytes.length; at += packageChunkBytes) {
            const chunk = bytes.subarray(at, at + packageChunkBytes)
            hashes.push(sha256(chunk))
            chunks.set(sha256(chunk), chunk)
          }
          return { path: name, size: bytes.length, executable: false, chunks: hashes }
        }),
      links: [],
    }
    const { uploadId, missing } = await ok<UploadView>(owner.post(`${base}/uploads`, { kind: 'tree', tree }))
    const frames = missing.flatMap((hash) => {
      const chunk = chunks.get(hash) ?? Buffer.alloc(0)
      return [frameHead(hash, chunk.length), chunk]
    })
    const sent = await fetch(`http://127.0.0.1:${router.port}${base}/uploads/${uploadId}/chunks`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        cookie: [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      body: Buffer.concat(frames),
    })
    expect(sent.status).equals(200)
    expect((await ok<UploadView>(owner.post(`${base}/uploads/${uploadId}/finish`))).state).equals('done')
    return uploadId
  }

  /** What the API says once it is so. */
  async function when<T>(
    what: string,
    ask: () => Promise<T>,
    isSo: (answer: T) => boolean,
    withinMs: number,
  ): Promise<T> {
    const endsAtMs = performance.now() + withinMs
    for (;;) {
      const answer = await ask()
      if (isSo(answer)) return answer
      if (performance.now() > endsAtMs) throw new Error(`${what}: ${JSON.stringify(answer)}`)
      await wait(200)
    }
  }
  const details = (titleId: string): Promise<TitleDetails> => ok(owner.get(`${base}/titles/${titleId}`))

  async function stranger(): Promise<FakePlayer> {
    const player = await openPlayer(`http://127.0.0.1:${router.port}`)
    players.push(player)
    return player
  }

  it('leads over a test link and a check on a real seat to strangers who play, until it is withdrawn', async () => {
    const titleId = 'comet'
    const uploadId = await upload(await buildOf(titleId, '1.0.0'))
    const pushed = await ok<TitleVersion>(owner.post(`${base}/titles/versions`, { uploadId }))
    expect(pushed).to.include({ titleId, version: '1.0.0', createdBy: 'Ada' })
    await expectRefusal(stranger(), titleId, 'title-not-found')
    const live = { version: '1.0.0', channel: 'live' }
    const early = await owner.post(`${base}/titles/${titleId}/promote`, live)
    expect(early.body).to.have.nested.property('error.code', 'not-checked')

    const staged = await ok<PublishedTitle>(
      owner.post(`${base}/titles/${titleId}/promote`, { version: '1.0.0', channel: 'staging' }),
    )
    const testToken = staged.channels.staging?.testToken ?? ''
    await when(
      'the node has it',
      async () => (await owner.get(`/api/test/${testToken}`)).body as { available?: boolean },
      ({ available }) => available === true,
      30_000,
    )
    const checked = async () => {
      const title = await when(
        'the check is done',
        () => details(titleId),
        ({ versions }) => versions[0]?.check.state !== 'running',
        90_000,
      )
      return title.versions[0]?.check
    }
    // A machine that does something else meanwhile is no seat to judge a title on.
    let check = await checked()
    for (let again = 0; check?.state === 'failed' && again < 2; again += 1) {
      await ok(owner.post(`${base}/titles/${titleId}/check`, { version: '1.0.0' }))
      check = await checked()
    }
    const failed =
      check !== undefined && 'report' in check ? check.report.items.filter(({ passed }) => !passed) : []
    expect(failed, JSON.stringify(check)).to.deep.equal([])
    expect(check?.state).equals('passed')
    const report = check !== undefined && 'report' in check ? check.report : null
    expect(report?.node).to.have.property('trust')
    expect(report?.items.find(({ name }) => name === 'saves')?.measured).to.include('came back')
    for (const name of ['begin', 'end']) {
      const picture = await owner.get(`${base}/titles/${titleId}/versions/1.0.0/pictures/${name}`)
      expect([picture.status, picture.headers.get('content-type')]).to.deep.equal([200, 'image/png'])
    }

    await when(
      'nothing of its players is left on the node',
      () => readdir(path.join(folder, 'edge', 'homes')),
      (guests) => !guests.some((guest) => guest.startsWith('check-')),
      10_000,
    )
    const part = await fetch(`http://127.0.0.1:${router.port}${base}/titles/${titleId}/versions/1.0.0/clip`, {
      headers: {
        cookie: [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        range: 'bytes=4-7',
      },
    })
    expect([part.status, part.headers.get('content-type')]).to.deep.equal([206, 'video/mp4'])
    expect(part.headers.get('content-range')).equals(`bytes 4-7/${report?.clipBytes}`)
    expect(await part.text()).equals('ftyp')

    const tester = await stranger()
    const { id: testing } = await tester.create(titleId, testToken)
    await tester.connect(testing)
    await tester.state(testing, 'playing')
    await expectRefusal(stranger(), titleId, 'title-not-found')
    tester.end(testing)
    await tester.ended(testing)

    await ok(owner.post(`${base}/titles/${titleId}/promote`, live))
    const player = await stranger()
    const { id: playing } = await player.create(titleId)
    await player.connect(playing)
    await player.state(playing, 'playing')
    const cover = await fetch(`http://127.0.0.1:${router.port}/media/${titleId}/cover.jpg`)
    expect([cover.status, cover.headers.get('content-type')]).to.deep.equal([200, 'image/jpeg'])

    await ok(owner.post(`${base}/titles/${titleId}/withdraw`))
    await expectRefusal(stranger(), titleId, 'title-withdrawn')
    expect((await player.state(playing, 'playing')).kind).equals('playing')
    player.end(playing)
    expect((await player.ended(playing)).end?.reason).equals('player-ended')

    const stats = await when(
      'the play is counted',
      () => ok<TitleStats>(owner.get(`${base}/titles/${titleId}/stats`)),
      ({ total }) => total.plays > 0,
      5_000,
    )
    expect(stats.total).to.include({ plays: 1, crashes: 0, failedStarts: 0, mostAtOnce: 1 })
    expect(stats.rows[0]?.version).equals('1.0.0')
    // About where from, in whole degrees.
    expect((await store.publishing.latestPlays(titleId, 1))[0]?.place).to.deep.equal({
      country: 'PT',
      lat: 39,
      lon: -9,
    })
  })

  async function expectRefusal(asking: Promise<FakePlayer>, titleId: string, code: string): Promise<void> {
    let said = ''
    await (await asking).create(titleId).catch((cause: unknown) => {
      said = String(cause)
    })
    expect(said).to.include(code)
  }
})
