import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { pino } from 'pino'
import { type MediaItem, newMediaItem, titleMedia } from '../../../config/protocol/media.ts'
import { openTitleMedia, type TitleMediaDesk } from '../../../server/media/titleMedia.ts'
import { type ActorName, buildOf, openPublishingBed } from '../publishing/publishingBed.ts'
import { samples as goodFiles, type Samples } from './samples.ts'

describe('what a title shows of itself', () => {
  let bed: Awaited<ReturnType<typeof openPublishingBed>>
  let samples: Samples

  before(async function () {
    this.timeout(60_000)
    samples = await goodFiles()
    bed = await openPublishingBed({ ffmpeg: 'ffmpeg' })
  })
  after(() => bed.close())

  const media = {
    coverAlt: 'A knight',
    screenshots: [{ file: 'shots/one.png', alt: 'The first level' }],
    trailer: { file: 'film.mp4', alt: 'A knight rides' },
  }
  async function push(
    titleId: string,
    version: string,
    more: Record<string, string | Buffer> = {},
  ): Promise<void> {
    const build = {
      ...buildOf(titleId, version, { media }),
      'shots/one.png': samples.png,
      'film.mp4': samples.mp4,
      ...more,
    }
    const uploadId = bed.packages.upload('org', { ...build, 'cover.png': samples.jpeg })
    const { status, body } = await bed.call('owner', 'POST', '/versions', { uploadId })
    expect(status, JSON.stringify(body)).to.equal(201)
  }
  async function bring(
    titleId: string,
    kind: MediaItem['kind'],
    bytes: Buffer,
    as: ActorName = 'owner',
  ): Promise<Response> {
    const query = new URLSearchParams({ kind, name: `${kind}.bin`, alt: `my ${kind}` })
    return fetch(`${bed.url}/api/orgs/org/titles/${titleId}/media?${query}`, {
      method: 'POST',
      headers: { as, 'content-type': 'application/octet-stream' },
      body: new Uint8Array(bytes),
    })
  }
  const view = async (titleId: string) => {
    const { body } = await bed.call('owner', 'GET', `/${titleId}/media`)
    return titleMedia.parse(body)
  }
  const get = (url: string, headers: Record<string, string> = {}) => fetch(`${bed.url}${url}`, { headers })
  /** A change of one picture, so that it is another one. */
  const other = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.from(' ')])

  it('is refused with its version where a file is missing or is not what it is called', async () => {
    const build = {
      ...buildOf('fake', '1.0.0', { media }),
      'shots/one.png': 'no picture',
      'film.mp4': samples.png,
      'cover.png': '<svg/>',
    }
    const { status, body } = await bed.call('owner', 'POST', '/versions', {
      uploadId: bed.packages.upload('org', build),
    })
    expect(status).to.equal(422)
    expect(JSON.stringify(body)).to.contain('media.screenshots.0.file: shots/one.png is no JPEG')
    expect(JSON.stringify(body)).to.contain('cover: cover.png is no picture by its content')
    expect(JSON.stringify(body)).to.contain('media.trailer.file: film.mp4 is neither MP4 nor WebM')
    const bare = bed.packages.upload('org', buildOf('fake', '1.0.0', { media }))
    expect(
      JSON.stringify((await bed.call('owner', 'POST', '/versions', { uploadId: bare })).body),
    ).to.contain('no file film.mp4')
  })

  it('comes with the build, is made ready by itself, and is seen by testers first and by all once it is live', async function () {
    this.timeout(60_000)
    await push('quest', '1.0.0')
    await bed.media.idle()
    expect((await view('quest')).items.map(({ kind, state }) => [kind, state.kind])).to.deep.equal([
      ['cover', 'done'],
      ['screenshot', 'done'],
      ['trailer', 'done'],
    ])
    const staged = await bed.call('owner', 'POST', '/quest/promote', { version: '1.0.0', channel: 'staging' })
    const { testToken } = (staged.body['channels'] as { staging: { testToken: string } }).staging
    const card = bed.catalogue.stagedCard(testToken, [])
    const [cover, trailer] = [card?.media?.cover, card?.media?.trailer]
    expect(cover?.files.map(({ widthPx }) => widthPx)).to.deep.equal([320, 640, 1280])
    expect(cover?.alt).to.equal('A knight')
    expect(card?.media?.screenshots?.[0]?.alt).to.equal('The first level')
    expect(trailer?.poster?.files.length).to.be.above(0)

    const url = trailer?.url ?? ''
    const [bare] = url.split('?')
    expect((await get(bare ?? '')).status, 'without the token').to.equal(404)
    const film = await get(url)
    expect(film.status).to.equal(200)
    expect(film.headers.get('content-type')).to.equal('video/mp4')
    expect(film.headers.get('cache-control')).to.equal('private, max-age=31536000, immutable')
    const whole = Buffer.from(await film.arrayBuffer())
    expect(createHash('sha256').update(whole).digest('hex')).to.equal(/([0-9a-f]{64})\.mp4/.exec(url)?.[1])
    expect(whole.indexOf('moov')).to.be.below(whole.indexOf('mdat'))
    const part = await get(url, { range: 'bytes=10-19' })
    expect(part.status).to.equal(206)
    expect(part.headers.get('content-range')).to.equal(`bytes 10-19/${whole.length}`)
    expect(Buffer.from(await part.arrayBuffer())).to.deep.equal(whole.subarray(10, 20))
    const end = await get(url, { range: 'bytes=-5' })
    expect(Buffer.from(await end.arrayBuffer())).to.deep.equal(whole.subarray(-5))
    expect((await get(url, { range: `bytes=${whole.length}-` })).status).to.equal(416)
    const again = { 'if-none-match': film.headers.get('etag') ?? '', 'cache-control': 'max-age=9' }
    expect((await get(url, again)).status).to.equal(304)

    await bed.checked('quest', '1.0.0')
    await bed.call('owner', 'POST', '/quest/promote', { version: '1.0.0', channel: 'live' })
    const inList = bed.catalogue.cards([]).find(({ id }) => id === 'quest')
    expect(Object.keys(inList?.media ?? {})).to.deep.equal(['cover'])
    const picture = await get(inList?.coverUrl ?? '')
    expect([
      picture.status,
      picture.headers.get('content-type'),
      picture.headers.get('cache-control'),
    ]).to.deep.equal([200, 'image/webp', 'public, max-age=31536000, immutable'])
  })

  it('is what the console brings, in its order and with its words, and the build’s again once that is removed', async function () {
    this.timeout(60_000)
    const [one, two] = [other(samples.png), samples.jpeg]
    const ids: string[] = []
    for (const bytes of [one, two]) {
      const answer = await bring('quest', 'screenshot', bytes)
      expect(answer.status).to.equal(201)
      ids.push(newMediaItem.parse(await answer.json()).id)
    }
    await bed.media.idle()
    const alts = () => bed.catalogue.card('quest', [])?.media?.screenshots?.map(({ alt }) => alt)
    expect(alts()).to.deep.equal(['my screenshot', 'my screenshot'])
    await bed.call('owner', 'PUT', `/quest/media/${ids[1]}`, { alt: 'The castle' })
    await bed.call('owner', 'PUT', '/quest/media/order', { ids: ids.toReversed() })
    expect(alts()).to.deep.equal(['The castle', 'my screenshot'])
    const stale = await bed.call('owner', 'PUT', '/quest/media/order', { ids: ids.slice(1) })
    expect(stale.status).to.equal(409)
    for (const id of ids) await bed.call('owner', 'DELETE', `/quest/media/${id}`)
    expect(bed.audited.slice(-6)).to.deep.equal([
      ...['media-brought', 'media-brought', 'media-described', 'media-ordered'],
      ...['media-removed', 'media-removed'],
    ])
    expect(alts()).to.deep.equal(['The first level'])
    await bed.call('owner', 'POST', `/quest/media/${ids[1]}/restore`, {})
    expect(alts()).to.deep.equal(['The castle'])
    const exported = await bed.call('owner', 'GET', '/quest/export')
    expect(exported.body['text']).to.contain('"alt":"The castle"')
    const original = await fetch(`${bed.url}/api/orgs/org/titles/quest/media/${ids[1]}/original`, {
      headers: { as: 'owner' },
    })
    expect(original.headers.get('content-disposition')).to.contain('attachment')
    expect(Buffer.from(await original.arrayBuffer()).equals(two)).to.equal(true)
  })

  it('says of what cannot be shown why, keeps what was shown before, and has the place of a cover but once', async function () {
    this.timeout(60_000)
    const before = bed.catalogue.card('quest', [])?.coverUrl
    const large = await bring('quest', 'cover', Buffer.from('<svg/>'.repeat(1_000_000)))
    expect([large.status, ((await large.json()) as { error: { code: string } }).error.code]).to.deep.equal([
      422,
      'media-type',
    ])
    expect((await bring('quest', 'cover', samples.mp4)).status).to.equal(422)
    expect((await bring('quest', 'cover', samples.png.subarray(0, 900))).status).to.equal(201)
    await bed.media.idle()
    const [cover] = (await view('quest')).items.filter(
      ({ kind, version }) => kind === 'cover' && version === null,
    )
    expect(cover?.state.kind === 'refused' && cover.state.error.code).to.equal('media-broken')
    expect(bed.catalogue.card('quest', [])?.coverUrl).to.equal(before)
    await bring('quest', 'cover', samples.png)
    await bed.media.idle()
    const covers = (await view('quest')).items.filter(
      ({ kind, version }) => kind === 'cover' && version === null,
    )
    expect(covers.map(({ state }) => state.kind)).to.deep.equal(['done'])
    expect(bed.catalogue.card('quest', [])?.coverUrl).not.to.equal(before)
    for (let count = 1; count < 8; count += 1) await bring('quest', 'screenshot', samples.jpeg)
    const ninth = await bring('quest', 'screenshot', samples.jpeg)
    expect([ninth.status, ((await ninth.json()) as { error: { code: string } }).error.code]).to.deep.equal([
      409,
      'too-many-media',
    ])
  })

  it('waits where there is no ffmpeg, survives a router that stops, and is taken up by the next one', async function () {
    this.timeout(60_000)
    const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-media-'))
    const open = (ffmpeg: string) =>
      openTitleMedia({
        ...{
          store: bed.store.media,
          titles: bed.store.publishing,
          blobs: bed.blobs,
          packages: bed.packages.source,
        },
        ...{ folder: path.join(folder, 'work'), ffmpeg, changed: async () => {} },
        ...{ clock: { now: () => 1, after: () => () => {} }, log: pino({ level: 'silent' }) },
      })
    const states = async (desk: TitleMediaDesk) => {
      const { items, stopped } = await desk.view('org', 'quest')
      const own = items.filter(({ kind, version }) => kind === 'trailer' && version === null)
      return { states: own.map(({ state }) => state.kind), stopped: stopped?.code }
    }
    const wish = { kind: 'trailer', name: 'film.mp4', alt: '' } as const
    const lame = await open('/nowhere/ffmpeg')
    await lame.bring('org', 'quest', wish, Readable.from([samples.webm]))
    await lame.idle()
    expect(await states(lame)).to.deep.equal({ states: ['waiting'], stopped: 'media-unavailable' })
    await lame.close()
    const hasty = await open('ffmpeg')
    await hasty.begin()
    await hasty.close()
    expect(await readdir(folder)).to.deep.equal([])
    const next = await open('ffmpeg')
    expect((await states(next)).states).to.deep.equal(['waiting'])
    await next.begin()
    await next.idle()
    expect(await states(next)).to.deep.equal({ states: ['done'], stopped: undefined })
    await next.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('can be had back for an hour once it is removed, and then no more', async () => {
    const [shot] = (await view('quest')).items.filter(
      ({ kind, version }) => kind === 'screenshot' && version === null,
    )
    const [id, sha256] = [shot?.id ?? '', createHash('sha256').update(samples.jpeg).digest('hex')]
    for (const one of (await view('quest')).items)
      if (one.version === null) await bed.call('owner', 'DELETE', `/quest/media/${one.id}`)
    await bed.media.sweep()
    expect((await bed.call('owner', 'POST', `/quest/media/${id}/restore`, {})).status).to.equal(200)
    await bed.call('owner', 'DELETE', `/quest/media/${id}`)
    bed.pass(3_700_000)
    await bed.media.sweep()
    expect(await bed.blobs.has(sha256)).to.equal(false)
    const late = await bed.call('owner', 'POST', `/quest/media/${id}/restore`, {})
    expect((late.body['error'] as { code: string }).code).to.equal('media-not-found')
  })

  it('goes with its title for good, but for what another title shows too', async function () {
    this.timeout(60_000)
    await bring('quest', 'screenshot', other(samples.jpeg))
    await push('twin', '1.0.0')
    await bed.media.idle()
    const kept = async (): Promise<number> => {
      let count = 0
      for await (const _sha256 of bed.blobs.putBefore(Number.MAX_SAFE_INTEGER)) count += 1
      return count
    }
    const film = (await view('twin')).items.find(({ kind }) => kind === 'trailer')
    const url = film?.state.kind === 'done' ? (film.state.media.trailer?.url ?? '') : ''
    expect((await fetch(`${bed.url}${url}`, { headers: { as: 'analyst' } })).status).to.equal(200)
    expect((await fetch(`${bed.url}${url}`, { headers: { as: 'stranger' } })).status).to.equal(404)
    const all = await kept()
    expect((await bed.call('owner', 'DELETE', '/quest')).status).to.equal(200)
    expect(await kept()).to.be.below(all)
    expect((await fetch(`${bed.url}${url}`, { headers: { as: 'owner' } })).status).to.equal(200)
    await bed.call('owner', 'DELETE', '/twin/versions/1.0.0')
    expect(await kept()).to.equal(0)
  })
})
