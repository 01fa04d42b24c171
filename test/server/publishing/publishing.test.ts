import { expect } from 'chai'
import { decodeValue } from '../../../config/protocol/decode.ts'
import { packageManifest } from '../../../config/protocol/package.ts'
import {
  publishedTitle,
  type PublishedTitle,
  publishedTitles,
  type TitleDetails,
  titleDetails,
  type TitleVersion,
  titleVersion,
} from '../../../config/protocol/publishing.ts'
import type * as z from 'zod/mini'
import { noChannels } from '../../../server/publishing/channels.ts'
import { stagingFault } from '../../../server/publishing/staged.ts'
import { freshId } from '../store.contract.ts'
import { nodeOf } from '../support/nodes.ts'
import { buildOf, openPublishingBed } from './publishingBed.ts'

describe('publishing', () => {
  let bed: Awaited<ReturnType<typeof openPublishingBed>>
  before(async function () {
    this.timeout(60_000)
    bed = await openPublishingBed()
  })
  after(() => bed.close())

  /** What the answer says, as whoever asks reads it. */
  async function ok<T>(schema: z.ZodMiniType<T>, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await bed.call('owner', method, path, body)
    const decoded = decodeValue(schema, answer.body)
    if (!decoded.ok) throw new Error(JSON.stringify([answer, decoded.error]))
    return decoded.value
  }
  async function refused(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ code: string; details?: string[] }> {
    const answer = await bed.call('owner', method, path, body)
    return answer.body['error'] as { code: string; details?: string[] }
  }
  const pushed = (content: Record<string, string>, executable: string[] = []) =>
    bed.call('owner', 'POST', '/versions', { uploadId: bed.packages.upload('org', content, executable) })
  const push = (titleId: string, version: string): Promise<TitleVersion> =>
    ok(titleVersion, 'POST', '/versions', { uploadId: bed.packages.upload('org', buildOf(titleId, version)) })
  const to = (titleId: string, promotion: object): Promise<PublishedTitle> =>
    ok(publishedTitle, 'POST', `/${titleId}/promote`, promotion)

  it('makes a version of an upload, once', async () => {
    const id = freshId('title')
    const build = buildOf(id, '1.0.0')
    expect((await pushed(build)).status).equals(201)
    const again = await pushed(build)
    expect(again.status).equals(200)
    expect(again.body).to.deep.include({
      titleId: id,
      version: '1.0.0',
      createdBy: 'Ada',
      check: { state: 'none' },
    })
    const { titles } = await ok(publishedTitles, 'GET', '')
    expect(titles.find(({ titleId }) => titleId === id)).to.deep.include({
      name: `The ${id}`,
      withdrawn: false,
    })
    bed.nodes.push(nodeOf('a', { titles: [{ id, version: '1.0.0' }] }))
    const { versions, installs } = await ok(titleDetails, 'GET', `/${id}`)
    expect(versions).to.have.length(1)
    expect(installs).to.deep.equal([{ version: '1.0.0', ready: 1, installing: 0, faults: [] }])
  })

  it('refuses other files under a version that is there, and ids that are taken', async () => {
    const id = freshId('title')
    await push(id, '1.0.0')
    const other = { ...buildOf(id, '1.0.0'), 'more.txt': 'more' }
    expect((await pushed(other)).body['error']).to.include({ code: 'version-taken' })
    expect((await pushed(buildOf('game', '1.0.0'))).body['error']).to.include({ code: 'title-taken' })
    const uploadId = bed.packages.upload('other', buildOf(id, '3.0.0'))
    const foreign = await bed.call('stranger', 'POST', '/versions', { uploadId }, 'other')
    expect(foreign.body['error']).to.include({ code: 'title-taken' })
    expect(foreign.status).equals(409)
  })

  it('refuses an id whose address leads elsewhere', async () => {
    expect((await pushed(buildOf('versions', '1.0.0'))).body['error']).to.include({ code: 'title-taken' })
  })

  it('has so many titles of one organisation and no more, and so many versions of each', async () => {
    const own = { orgId: freshId('org'), id: freshId('title') }
    const push = async (id: string, version: string): Promise<string> =>
      bed.publishing.push(own.orgId, bed.packages.upload(own.orgId, buildOf(id, version)), 'Ada').then(
        () => 'done',
        (cause: { code: string }) => cause.code,
      )
    for (let n = 0; n < 99; n += 1) await bed.store.publishing.claim(freshId('title'), own.orgId, 1)
    expect(await push(own.id, '1.0.0')).equals('done')
    const late = freshId('title')
    expect(await push(late, '1.0.0')).equals('too-many-titles')
    expect(await bed.store.publishing.find(late)).equals(null)
    const first = await bed.store.publishing.version(own.id, '1.0.0')
    if (first === null) throw new Error('no version')
    for (let n = 1; n < 500; n += 1)
      await bed.store.publishing.addVersion({ ...first, version: `1.0.${n}`, createdAtMs: n })
    expect(await push(own.id, '2.0.0')).equals('too-many-versions')
    expect(await push(own.id, '1.0.0'), 'it is there').equals('done')
  }).timeout(20_000)

  it('says of an upload that it is not done, or not there', async () => {
    expect(await refused('POST', '/versions', { uploadId: bed.packages.begun('org') })).to.include({
      code: 'upload-incomplete',
    })
    const foreign = bed.packages.upload('other', buildOf(freshId('title'), '1.0.0'))
    expect(await refused('POST', '/versions', { uploadId: foreign })).to.include({ code: 'upload-not-found' })
  })

  const faulty: readonly [string, (build: Record<string, string>) => Record<string, string>, RegExp][] = [
    ['no JSON', (build) => ({ ...build, [packageManifest]: '{' }), /nearcade\.title\.json: .*not JSON/],
    [
      'a field that is wrong',
      () => buildOf('a-title', '1.0.0', { display: { widthPx: 1, heightPx: 720, fps: 60 } }),
      /: display\.widthPx: /,
    ],
    ['a field too many', () => buildOf('a-title', '1.0.0', { colour: 'red' }), /colour: is not known/],
    ['a version that is none', () => buildOf('a-title', 'first'), /: version: /],
    [
      'files of the host that no sandbox shows',
      () =>
        buildOf('a-title', '1.0.0', {
          runtime: { kind: 'html5', page: 'index.html', needs: ['/etc/shadow'], packages: [] },
        }),
      /: runtime\.needs/,
    ],
    [
      'a cover that is not there',
      () => buildOf('a-title', '1.0.0', { cover: 'art/none.png' }),
      /: cover: no file art\/none\.png in the package/,
    ],
    [
      'a page that is not there',
      () =>
        buildOf('a-title', '1.0.0', {
          runtime: { kind: 'html5', page: 'play.html', needs: [], packages: [] },
        }),
      /: runtime\.page: no file play\.html/,
    ],
    [
      'a program that is not there',
      () =>
        buildOf('a-title', '1.0.0', {
          runtime: { kind: 'linux', command: ['{title}/game'], env: {}, needs: [], packages: [] },
        }),
      /: runtime\.command\.0: no file game/,
    ],
    [
      'a program that may not be executed',
      () =>
        buildOf('a-title', '1.0.0', {
          runtime: { kind: 'linux', command: ['{title}/index.html'], env: {}, needs: [], packages: [] },
        }),
      /: runtime\.command\.0: index\.html may not be executed/,
    ],
    [
      'files of the host that no title gets to see',
      () =>
        buildOf('a-title', '1.0.0', {
          runtime: { kind: 'html5', page: 'index.html', reads: ['/root/.ssh'] },
        }),
      /: runtime\.reads\.0: is \/root\/\.ssh, which no title gets to see/,
    ],
  ]
  for (const [what, change, expected] of faulty)
    it(`refuses a manifest with ${what}, and claims nothing for it`, async () => {
      const { status, body } = await pushed(change(buildOf('a-title', '1.0.0')))
      const error = body['error'] as { code: string; details: string[] }
      expect([status, error.code]).to.deep.equal([422, 'manifest-refused'])
      expect(error.details.join('; ')).to.match(expected)
      expect(await bed.store.publishing.find('a-title')).equals(null)
    })

  it('leads from a version over its test link to all players, and only what has passed its check', async () => {
    const id = freshId('title')
    await push(id, '1.0.0')
    const { staging } = (await to(id, { version: '1.0.0', channel: 'staging' })).channels
    expect(bed.catalogue.staged(staging?.testToken ?? '')?.build).to.deep.equal({
      version: '1.0.0',
      channel: 'staging',
    })
    expect(bed.catalogue.find(id)).equals(null)

    const live = { version: '1.0.0', channel: 'live' }
    expect(await refused('POST', `/${id}/promote`, live)).to.include({ code: 'not-checked' })
    await bed.checked(id, '1.0.0', 'failed')
    expect(await refused('POST', `/${id}/promote`, live)).to.include({ code: 'not-checked' })
    expect(bed.catalogue.find(id)).equals(null)
    await bed.checked(id, '1.0.0')
    expect((await to(id, live)).channels.live).equals('1.0.0')
    expect(bed.catalogue.offer(id, 'anybody')?.build).to.deep.equal({ version: '1.0.0', channel: 'live' })
    expect((await bed.publishing.cover(id, 'cover.png', null))?.toString()).equals(
      `GIF89a, the cover of ${id} 1.0.0`,
    )
    expect(await bed.publishing.cover(id, 'index.html', null)).equals(null)
  })

  it('checks a version when it is first staged, and again when somebody says so', async () => {
    const id = freshId('title')
    await push(id, '1.0.0')
    expect(await refused('POST', `/${id}/check`, { version: '1.0.0' })).to.include({ code: 'not-staged' })
    bed.begun.length = 0
    await to(id, { version: '1.0.0', channel: 'staging' })
    expect(bed.begun.splice(0)).to.deep.equal([`${id}@1.0.0`])
    await bed.checked(id, '1.0.0', 'failed')
    await to(id, { version: '1.0.0', channel: 'staging' })
    expect(bed.begun).to.deep.equal([])
    await ok(titleVersion, 'POST', `/${id}/check`, { version: '1.0.0' })
    expect(bed.begun.splice(0)).to.deep.equal([`${id}@1.0.0`])
  })

  it('stages some titles of an organisation at once and no more, however they come to be staged', async () => {
    const as = async (method: string, path: string, body?: unknown) => {
      const answer = await bed.call('stranger', method, path, body, 'other')
      return (answer.body['error'] as { code: string } | undefined)?.code ?? answer.status
    }
    const ids = Array.from({ length: 10 }, () => freshId('title'))
    for (const id of ids) {
      const uploadId = bed.packages.upload('other', buildOf(id, '1.0.0'))
      expect(await as('POST', '/versions', { uploadId })).equals(201)
    }
    const stage = (id?: string) => as('POST', `/${id}/promote`, { version: '1.0.0', channel: 'staging' })
    for (const id of ids.slice(0, 8)) expect(await stage(id)).equals(200)
    expect(await stage(ids[8])).equals('staging-full')
    expect(await stage(ids[0]), 'it is staged').equals(200)
    expect(await as('POST', `/${ids[0]}/withdraw`)).equals(200)
    expect(await stage(ids[8])).equals(200)
    expect(await as('POST', `/${ids[0]}/restore`)).equals('staging-full')
    await bed.checked(ids[8] ?? '', '1.0.0')
    expect(await as('POST', `/${ids[8]}/promote`, { version: '1.0.0', channel: 'live' })).equals(200)
    expect(await as('POST', `/${ids[0]}/restore`)).equals(200)
  })

  it('counts the bytes of what is staged too', () => {
    expect(stagingFault([30 * 1024 ** 3, 30 * 1024 ** 3])).equals(null)
    expect(stagingFault([30 * 1024 ** 3, 30 * 1024 ** 3, 5 * 1024 ** 3])).to.match(/bytes are more than/)
  })

  it('names a version that is not there', async () => {
    const id = freshId('title')
    await push(id, '1.0.0')
    expect(await refused('POST', `/${id}/promote`, { version: '9.0.0', channel: 'staging' })).to.include({
      code: 'version-not-found',
    })
    expect(await refused('POST', '/nothing/promote', { version: '9.0.0', channel: 'staging' })).to.include({
      code: 'title-not-found',
    })
    expect(await refused('POST', `/${id}/promote`, { version: '1.0.0', channel: 'everywhere' })).to.include({
      code: 'bad-request',
    })
  })

  it('goes back to what was live, stops new sessions when withdrawn, and begins again when restored', async () => {
    const id = freshId('title')
    for (const version of ['1.0.0', '2.0.0']) {
      await push(id, version)
      await bed.checked(id, version)
      await to(id, { version, channel: 'live' })
    }
    expect((await ok(publishedTitle, 'POST', `/${id}/rollback`)).channels.live).equals('1.0.0')
    expect(bed.catalogue.offer(id, 'anybody')?.manifest.version).equals('1.0.0')
    expect(await refused('POST', `/${id}/rollback`)).to.include({ code: 'nothing-before' })

    expect((await ok(publishedTitle, 'POST', `/${id}/withdraw`)).withdrawn).equals(true)
    expect(bed.withdrawn).to.include(id)
    expect([bed.catalogue.offer(id, 'anybody'), bed.catalogue.isWithdrawn(id)]).to.deep.equal([null, true])
    await ok(publishedTitle, 'POST', `/${id}/restore`)
    expect(bed.catalogue.offer(id, 'anybody')?.manifest.version).equals('1.0.0')
  })

  it('takes a canary back with its reason', async () => {
    const id = freshId('title')
    for (const version of ['1.0.0', '2.0.0']) {
      await push(id, version)
      await bed.checked(id, version)
    }
    await to(id, { version: '1.0.0', channel: 'live' })
    const { canary } = (await to(id, { version: '2.0.0', channel: 'live', canaryPercent: 50 })).channels
    expect(canary).to.include({ version: '2.0.0', percent: 50 })
    await bed.publishing.takeBack(id, '2.0.0', 'it crashed')
    const title: TitleDetails = await ok(titleDetails, 'GET', `/${id}`)
    expect(title.channels).to.deep.include({ live: '1.0.0', canary: null })
    expect(title.rolledBack).to.include({ version: '2.0.0', why: 'it crashed' })
  })

  it('deletes a version that nothing needs, with its package, and no other', async () => {
    const id = freshId('title')
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      await push(id, version)
      await bed.checked(id, version)
      await to(id, { version, channel: 'live' })
    }
    const treeOf = async (version: string) => (await bed.store.publishing.version(id, version))?.treeId ?? ''
    const [oldest, newest] = [await treeOf('1.0.0'), await treeOf('3.0.0')]
    for (const version of ['2.0.0', '3.0.0'])
      expect(await refused('DELETE', `/${id}/versions/${version}`), version).to.include({
        code: 'version-in-use',
      })
    const { versions } = await ok(titleDetails, 'DELETE', `/${id}/versions/1.0.0`)
    expect(versions.map(({ version }) => version)).to.deep.equal(['3.0.0', '2.0.0'])
    expect([bed.packages.kept.has(oldest), bed.packages.kept.has(newest)]).to.deep.equal([false, true])
    expect(await refused('DELETE', `/${id}/versions/1.0.0`)).to.include({ code: 'version-not-found' })
  })

  it('lets simultaneous changes of a title happen one after the other', async () => {
    const id = freshId('title')
    await push(id, '1.0.0')
    await Promise.all([
      to(id, { version: '1.0.0', channel: 'staging' }),
      ok(publishedTitle, 'POST', `/${id}/withdraw`),
      ok(publishedTitle, 'POST', `/${id}/withdraw`),
    ])
    const { channels } = (await bed.store.publishing.find(id)) ?? { channels: noChannels }
    expect([channels.withdrawn, channels.staging?.version]).to.deep.equal([true, '1.0.0'])
  })
})
