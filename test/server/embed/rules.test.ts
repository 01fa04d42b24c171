import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import fc from 'fast-check'
import { pino } from 'pino'
import { isEmbedOrigin } from '../../../config/embedOrigins.ts'
import { type EmbedRules, launchKeys } from '../../../config/protocol/embed.ts'
import { parseRouterSettings } from '../../../config/settings/router.ts'
import { createAccess } from '../../../server/accounts/access.ts'
import { createEmbeds, type Embeds } from '../../../server/embed/embeds.ts'
import { embedRoutes } from '../../../server/http/embed.ts'
import { answerErrors } from '../../../server/http/errors.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { type ActorName, actors } from '../publishing/publishingBed.ts'
import { publisherBackend } from './launching.ts'

const network = 'https://play.example'
const shop: EmbedRules = { origins: ['https://shop.example'], launchTokenRequired: true }

describe('who may embed a title', () => {
  let store: Store
  let embeds: Embeds
  let close: () => Promise<void>
  let port: number
  let nowMs = 0

  const open = () =>
    createEmbeds({
      store: store.embed,
      titles: store.publishing,
      catalogue: { isBuiltIn: (titleId) => titleId === 'game' },
      guests: { launchedPlayer: (orgId, subject) => `${orgId}-${subject}` },
      origins: ['https://all.example'],
      publicUrl: network,
      clock: { now: () => Date.now(), monotonic: () => nowMs },
    })

  before(async function () {
    this.timeout(60_000)
    store = await openPgliteStore(null)
    await store.publishing.claim('quest', 'org', 1)
    await store.publishing.claim('foreign', 'other', 1)
    embeds = open()
    const access = createAccess({
      account: async ({ headers }) => {
        const actor = actors[String(headers['as'] ?? 'guest') as ActorName]
        return actor.kind === 'account' ? actor : null
      },
      key: async (name) => {
        const actor = actors[name.slice('nck_'.length) as ActorName]
        return actor.kind === 'key' ? actor : null
      },
      guest: async () => null,
    })
    const app = express()
    app.use('/api/orgs/:orgId', embedRoutes(embeds, access))
    app.use(answerErrors(pino({ level: 'silent' })))
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
    close = async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await store.close()
    }
  })
  after(() => close())

  async function call(as: ActorName, method: string, path: string, body?: unknown) {
    const who = actors[as].kind === 'key' ? { authorization: `Bearer nck_${as}` } : { as }
    const response = await fetch(`http://127.0.0.1:${port}/api/orgs/org${path}`, {
      method,
      headers: { ...who, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Record<string, unknown>
    const error = answer['error'] as { code: string; details?: string[] } | undefined
    return { status: response.status, answer, code: error?.code, details: error?.details?.join() ?? '' }
  }

  const calls: readonly [call: string, body: unknown, allowed: readonly ActorName[]][] = [
    ['GET /launch-keys', undefined, ['owner']],
    ['POST /launch-keys', {}, ['owner']],
    ['DELETE /launch-keys/none', undefined, ['owner']],
    ['GET /titles/quest/embed', undefined, ['owner', 'developer', 'analyst', 'readingKey']],
    ['PUT /titles/quest/embed', shop, ['owner', 'developer', 'writingKey']],
  ]
  for (const [what, body, allowed] of calls)
    it(`is for ${allowed.join(', ')} to ask: ${what}`, async () => {
      const [method = '', path = ''] = what.split(' ')
      for (const as of Object.keys(actors) as ActorName[]) {
        const { code } = await call(as, method, path, body)
        const refusals = ['sign-in-needed', 'no-such-organisation', 'not-allowed']
        if (allowed.includes(as)) expect(code, as).not.to.be.oneOf(refusals)
        else expect(code, as).to.be.oneOf(refusals)
      }
    })

  it('is what its publisher set, also after a restart; for the network’s own titles what its operator did', async () => {
    await call('owner', 'PUT', '/titles/quest/embed', shop)
    expect((await call('owner', 'GET', '/titles/quest/embed')).answer).to.deep.equal(shop)
    const again = open()
    expect(await Promise.all(['quest', 'foreign', 'game'].map(again.originsOf))).to.deep.equal([
      ['https://shop.example'],
      [],
      ['https://all.example'],
    ])
    for (const titleId of ['foreign', 'game', 'nothing'])
      expect((await call('owner', 'PUT', `/titles/${titleId}/embed`, shop)).code).to.equal('title-not-found')
  })

  it('counts within seconds, whichever router was told', async () => {
    const other = open()
    const refusal = () =>
      other.admit('quest', null).then(
        () => 'let in',
        ({ code }: { code: string }) => code,
      )
    await embeds.setRules('org', 'quest', { ...shop, launchTokenRequired: false })
    expect(await refusal()).to.equal('let in')
    await embeds.setRules('org', 'quest', shop)
    expect(await refusal()).to.equal('let in')
    nowMs += 3_000
    expect(await refusal()).to.equal('launch-token-needed')
    await other.admit('quest', { guestId: 'g', launchedFor: 'quest' })
  })

  it('is forgotten with the title', async () => {
    const title = await store.publishing.claim('left', 'org', 1)
    await embeds.setRules('org', 'left', shop)
    expect(await store.publishing.removeTitle(title)).to.equal(true)
    expect(await open().rules('org', 'left')).to.deep.equal({ origins: [], launchTokenRequired: false })
  })

  it('takes origins alone, since they go into a header', async () => {
    const good = [
      'https://shop.example',
      'https://*.shop.example',
      'https://a.b.shop.example:8443',
      'http://localhost:5173',
      'http://127.0.0.1:8080',
      'https://xn--bcher-kva.example',
    ]
    for (const origin of good) expect(isEmbedOrigin(origin), origin).to.equal(true)
    const bad = [
      ...['*', 'https://*', 'https://*.example', 'https://a.*.example', 'https:', "'self'", 'data:', ''],
      ...[
        'https://shop.example/',
        'https://shop.example/page',
        'https://shop.example?x',
        'https://u@shop.example',
      ],
      ...[
        'http://shop.example',
        'http://localhost.shop.example',
        'https://Shop.example',
        'https://shop.example:443',
      ],
      ...[
        'https://shop.example; script-src *',
        'https://shop.example https://b.example',
        'https://shop.example,',
      ],
      ...[
        'https://shop.example\r\nX: y',
        'https://shop..example',
        'https://shop.example:99999',
        'https://bücher.example',
      ],
    ]
    for (const origin of bad) expect(isEmbedOrigin(origin), origin).to.equal(false)
    const { code, details } = await call('owner', 'PUT', '/titles/quest/embed', {
      ...shop,
      origins: ['https://shop.example', 'https://*'],
    })
    expect([code, details]).to.deep.equal([
      'bad-request',
      'origins.1: must be an origin such as https://shop.example, https://*.shop.example or http://localhost:5173',
    ])
    expect(() => parseRouterSettings({ NEARCADE_EMBED_ORIGINS: 'https://shop.example, *' })).to.throw(
      'NEARCADE_EMBED_ORIGINS: each must be an origin',
    )
  })

  it('never lets anything into the header that could end the list', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('https://', 'http://localhost', ''),
        (text, start) => {
          if (isEmbedOrigin(start + text)) expect(start + text).to.match(/^https?:\/\/[a-z0-9.:*-]+$/)
        },
      ),
    )
  })

  it('lets only those play whom the publisher sends, where the publisher wants that', async () => {
    await embeds.setRules('org', 'quest', shop)
    const admits = (titleId: string, launchedFor?: string | null): Promise<string> =>
      embeds.admit(titleId, launchedFor === undefined ? null : { guestId: 'g', launchedFor }).then(
        () => 'let in',
        (cause: { code: string }) => cause.code,
      )
    for (const refused of [admits('quest'), admits('quest', null), admits('quest', 'game')])
      expect(await refused).to.equal('launch-token-needed')
    expect(await admits('quest', 'quest')).to.equal('let in')
    expect(await admits('game')).to.equal('let in')
  })

  it("sends nobody to another publisher's title", async () => {
    const backend = await publisherBackend('org')
    await store.embed.putKey('org', backend.key)
    const launch = async (title: string) =>
      embeds.launch(title, await backend.token(network, { title }), 'http://127.0.0.1:8080').then(
        ({ guestId, launchedFor }) => `${guestId} ${launchedFor}`,
        (cause: Error) => cause.message,
      )
    expect(await launch('quest')).to.equal('org-user-1 quest')
    expect(await launch('foreign')).to.contain('iss is not the publisher of this title')
    const usedAtMs = (await embeds.keys('org')).find(({ id }) => id === backend.key.id)?.usedAtMs ?? 0
    expect(Date.now() - usedAtMs).to.be.within(0, 10_000)
  })

  it('keeps public keys under their thumbprint, ten at most, and never a private one', async () => {
    for (const { id } of await embeds.keys('org')) await embeds.dropKey('org', id)
    const { key, privateJwk } = await publisherBackend('org')
    const add = (jwk: unknown, name = 'backend') => call('owner', 'POST', '/launch-keys', { name, jwk })
    const stolen = await add(privateJwk)
    expect(stolen.code).to.equal('bad-request')
    expect(stolen.details).to.contain('private key').and.not.to.contain(String(privateJwk.d))
    for (const jwk of [
      null,
      {},
      { kty: 'oct', k: 'c2VjcmV0' },
      { ...key.jwk, x: 'short' },
      { ...key.jwk, crv: 'P-521' },
    ])
      expect((await add(jwk)).code).to.equal('bad-request')
    expect((await call('owner', 'GET', '/launch-keys')).answer).to.deep.equal({ keys: [] })

    expect((await add(key.jwk)).answer).to.include({ id: key.id, name: 'backend' })
    expect((await add(key.jwk, 'renamed')).status).to.equal(201)
    for (let n = 1; n < 10; n += 1) await add((await publisherBackend('org', 'ES256')).key.jwk)
    expect((await add((await publisherBackend('org')).key.jwk)).code).to.equal('too-many-launch-keys')
    const { answer } = await call('owner', 'DELETE', `/launch-keys/${key.id}`)
    expect(launchKeys.parse(answer).keys.length).to.equal(9)
    expect((await call('owner', 'DELETE', `/launch-keys/${key.id}`)).code).to.equal('launch-key-not-found')
  })

  it('forgets used tokens once nobody could use them any more', async () => {
    const use = (id: string, nowMs: number) => store.embed.useToken('org', id, 1000, nowMs)
    expect([await use('a', 1), await use('a', 999), await use('a', 1001)]).to.deep.equal([true, false, true])
  })
})
