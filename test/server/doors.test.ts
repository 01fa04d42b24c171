import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { decodeJwt, importJWK, jwtVerify, SignJWT, type JWK } from 'jose'
import { expect } from 'chai'
import { challengeText } from '../../config/protocol/nodeSocket.ts'
import { createCatalogue } from '../../server/catalogue/catalogue.ts'
import { insideFolder, loadTitles } from '../../server/catalogue/loadTitles.ts'
import { systemClock, type Clock } from '../../server/clock.ts'
import { nodeIdOf, provesIdentity, tokenHash } from '../../server/fleet/identity.ts'
import { readCookie } from '../../server/guests/cookie.ts'
import { guestCookie, openGuests } from '../../server/guests/guests.ts'
import { isSameOrigin } from '../../server/guests/sameOrigin.ts'
import { createAddressLimit } from '../../server/http/addressLimit.ts'
import { subscriberOf } from '../../server/placement/routing/prefix.ts'
import { connectSources } from '../../server/http/securityHeaders.ts'
import { errorPage } from '../../server/http/errorPage.ts'
import { secretFile } from '../../server/keys/keyFile.ts'
import { openTicketOffice } from '../../server/keys/tickets.ts'
import { createManualClock } from './support/manualClock.ts'
import { tempFolder } from './support/tempFolder.ts'
import { titleJson } from './support/titles.ts'

describe('at the doors', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  before(async () => {
    folder = await tempFolder()
  })
  after(() => folder.remove())

  describe('cookies', () => {
    it('are found by their whole name', () => {
      expect(readCookie('xnearcade=1; nearcade=2;nearcade2=3', 'nearcade')).to.equal('2')
      expect(readCookie(' a = b = c ', 'a')).to.equal('b = c')
      expect(readCookie('a', 'a')).to.equal(null)
      expect(readCookie(undefined, 'a')).to.equal(null)
    })
  })

  describe('guests', () => {
    const dayMs = 24 * 3600 * 1000
    const at = (nowMs: number): Clock => ({ ...systemClock, now: () => nowMs })
    const start = 1_700_000_000_000
    const open = (nowMs: number) => openGuests(path.join(folder.path, 'guests'), at(nowMs))
    const asHeader = (setCookie: string | null): string => (setCookie ?? '').split(';', 1)[0] ?? ''

    it('are recognised by the cookie that they were given, also after a restart', async () => {
      const { guestId, newCookie } = await (await open(start)).identify(undefined)
      expect(newCookie).to.match(
        /^nearcade_guest=[\w.-]+; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/,
      )
      const again = await (await open(start + 1000)).identify(asHeader(newCookie))
      expect(again).to.deep.equal({ guestId, isNew: false, newCookie: null })
    })

    it('keep their name and get a fresh cookie when they come again later', async () => {
      const { guestId, newCookie } = await (await open(start)).identify(undefined)
      const later = await (await open(start + 300 * dayMs)).identify(asHeader(newCookie))
      expect(later.guestId).to.equal(guestId)
      const claims = decodeJwt(asHeader(later.newCookie).slice(guestCookie.length + 1))
      expect(claims.exp).to.equal((start + 665 * dayMs) / 1000)
    })

    it('are new after a year away', async () => {
      const { guestId, newCookie } = await (await open(start)).identify(undefined)
      const later = await (await open(start + 366 * dayMs)).identify(asHeader(newCookie))
      expect(later.guestId).not.to.equal(guestId)
    })

    it('are new with a forged, foreign or unsigned cookie', async () => {
      const guests = await open(start)
      const foreign = await new SignJWT()
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('admin')
        .setIssuedAt(start / 1000)
        .setExpirationTime(start / 1000 + 60)
        .sign(new Uint8Array(32))
      const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${foreign.split('.')[1]}.`
      for (const value of [foreign, none, 'x', '', `${foreign}x`]) {
        expect(await guests.recognise(`${guestCookie}=${value}`)).to.equal(null)
        expect((await guests.identify(`${guestCookie}=${value}`)).newCookie).not.to.equal(null)
      }
    })
  })

  describe('limits of one address', () => {
    it('let a burst through, then one at a time, each address for itself', () => {
      const clock = createManualClock()
      const limit = createAddressLimit(2, 0.5, clock)
      const take = (...addresses: string[]): boolean[] => addresses.map((address) => limit.take(address))
      expect(take('192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1', '192.0.2.2')).to.deep.equal([
        true,
        true,
        false,
        true,
      ])
      clock.pass(limit.retryAfterS * 1000)
      expect(take('192.0.2.1', '192.0.2.1')).to.deep.equal([true, false])
    })
    it('take the /64 of an IPv6 subscriber for one', () => {
      expect(subscriberOf('2001:db8:0:1::7')).to.equal(subscriberOf('2001:0db8::1:a:b:c:d'))
      expect(subscriberOf('2001:db8:0:2::7')).not.to.equal(subscriberOf('2001:db8:0:1::7'))
      expect(subscriberOf('::1')).to.equal('0:0:0:0')
    })
  })

  describe('secrets on disk', () => {
    it('are readable by their owner alone', async () => {
      const file = path.join(folder.path, 'secret', 'key')
      expect(await secretFile(file, () => 'made')).to.equal('made')
      expect((await stat(file)).mode & 0o777).to.equal(0o600)
    })
    it('are made once, however many ask at the same time', async () => {
      const file = path.join(folder.path, 'many', 'key')
      let made = 0
      const ask = (): Promise<string> => secretFile(file, () => `secret ${++made}`)
      const got = await Promise.all([ask(), ask(), ask()])
      expect(new Set(got).size).to.equal(1)
      expect(await readFile(file, 'utf8')).to.equal(got[0])
    })
  })

  describe('player tickets', () => {
    it('name guest, session and node, last a minute, and verify with the public key alone', async () => {
      const office = await openTicketOffice(path.join(folder.path, 'tickets'), systemClock)
      expect(office.publicKey).not.to.have.property('d')
      const key = await importJWK(office.publicKey as JWK, 'EdDSA')
      const ticket = await office.issue({ guestId: 'g', sessionId: 's', nodeId: 'n' })
      const { payload } = await jwtVerify(ticket, key)
      expect(payload).to.include({ sub: 'g', sid: 's', node: 'n' })
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).to.equal(60)
      expect(payload.jti).to.be.a('string')
      const reopened = await openTicketOffice(path.join(folder.path, 'tickets'), systemClock)
      expect(reopened.publicKey).to.deep.equal(office.publicKey)
    })
  })

  describe("a node's proof of its key", () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
    const signature = (nonce: string): string =>
      sign(null, Buffer.from(challengeText(nonce)), privateKey).toString('base64url')
    const auth = {
      kind: 'auth' as const,
      version: 1,
      nodeId: nodeIdOf(raw),
      publicKey: raw.toString('base64url'),
      signature: signature('nonce'),
      enrolToken: null,
    }
    it('holds with the right key', () => expect(provesIdentity(auth, 'nonce')).to.equal(true))
    const wrong = {
      'another nonce (a replay)': [auth, 'other'],
      'another id': [{ ...auth, nodeId: nodeIdOf(Buffer.alloc(32)) }, 'nonce'],
      'a key of the wrong length': [{ ...auth, publicKey: 'AAAA' }, 'nonce'],
      'another key of its own id': [
        { ...auth, publicKey: Buffer.alloc(32).toString('base64url'), nodeId: nodeIdOf(Buffer.alloc(32)) },
        'nonce',
      ],
      'an empty signature': [{ ...auth, signature: '' }, 'nonce'],
      'a signature without the prefix': [
        { ...auth, signature: sign(null, Buffer.from('nonce'), privateKey).toString('base64url') },
        'nonce',
      ],
    } as const
    for (const [what, [message, nonce]] of Object.entries(wrong)) {
      it(`does not hold with ${what}`, () => expect(provesIdentity(message, nonce)).to.equal(false))
    }
    it('leaves nothing of a token but its hash', () => {
      expect(tokenHash('secret')).to.have.length(43)
      expect(tokenHash('secret')).not.to.contain('secret')
    })
  })

  describe('where a request comes from', () => {
    const host = 'play.example:8080'
    const table: readonly (readonly [string, Parameters<typeof isSameOrigin>[0], boolean])[] = [
      ['our own page', { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, true],
      ['our own page in an older browser', { host, origin: `https://${host}` }, true],
      ['a program', { host }, true],
      ['another site', { host, origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }, false],
      ['another site in an older browser', { host, origin: 'http://evil.example' }, false],
      [
        'another port of this machine',
        { host, origin: 'http://play.example:1', 'sec-fetch-site': 'same-site' },
        false,
      ],
      ['a page without origin', { host, origin: 'null' }, false],
      ['a name that only begins like ours', { host, origin: `http://${host}.evil.example` }, false],
    ]
    for (const [what, headers, expected] of table) {
      it(`is ${expected ? 'ours' : 'not ours'} from ${what}`, () =>
        expect(isSameOrigin(headers)).to.equal(expected))
    }
  })

  describe('what pages may do', () => {
    it('names the sockets of the host they came from, and of nothing that is no host', () => {
      expect(connectSources('localhost:80')).to.equal("'self' ws://localhost:80 wss://localhost:80")
      expect(connectSources('[::1]:80')).to.contain('ws://[::1]:80')
      for (const bad of ['a; script-src *', 'a b', 'a,b', '', undefined])
        expect(connectSources(bad)).to.equal("'self'")
    })
    it('never carries markup from an error', () => {
      const page = errorPage({ code: 'not-found', what: '<script>"x"</script>', next: "it's & so on" })
      expect(page)
        .not.to.contain('<script>')
        .and.not.to.match(/<style|onclick| style=/)
    })
  })

  describe('the catalogue', () => {
    it('loads good titles and reports bad ones by file and field without losing the rest', async () => {
      const titles = path.join(folder.path, 'titles')
      const put = async (name: string, json: unknown): Promise<void> => {
        await mkdir(path.join(titles, name), { recursive: true })
        const text = typeof json === 'string' ? json : JSON.stringify(json)
        await writeFile(path.join(titles, name, 'nearcade.title.json'), text)
      }
      await put('a-good', titleJson('good'))
      await writeFile(path.join(titles, 'a-good', 'cover.png'), 'png')
      await put('b-broken', '{ no json')
      await put('c-wrong', { ...titleJson('wrong'), display: { widthPx: 1, heightPx: 720, fps: 60 } })
      await put('d-unknown-key', { ...titleJson('extra'), colour: 'red' })
      await put('e-twin', titleJson('good'))
      await put('f-no-cover', titleJson('coverless'))
      await mkdir(path.join(titles, 'g-no-title'))
      const loaded = await loadTitles(titles)
      expect(loaded.titles.map(({ manifest }) => manifest.id)).to.deep.equal(['good', 'coverless'])
      const faults = Object.fromEntries(
        loaded.faults.map((fault) => [path.basename(path.dirname(fault.file)), fault.faults.join()]),
      )
      expect(Object.keys(faults)).to.deep.equal([
        'b-broken',
        'c-wrong',
        'd-unknown-key',
        'e-twin',
        'f-no-cover',
      ])
      expect(faults['c-wrong']).to.contain('display.widthPx')
      expect(faults['d-unknown-key']).to.contain('colour')
      expect(faults['e-twin']).to.contain('id')

      const catalogue = createCatalogue(loaded.titles)
      expect(catalogue.cover('good', 'cover.png')).to.match(/a-good\/cover\.png$/)
      for (const [id, file] of [
        ['good', 'nearcade.title.json'],
        ['good', '../b-broken/nearcade.title.json'],
        ['coverless', 'cover.png'],
        ['none', 'cover.png'],
        ['__proto__', 'cover.png'],
      ] as const)
        expect(catalogue.cover(id, file), `${id}/${file}`).to.equal(null)
    })

    it('is empty without a folder of titles', async () => {
      expect(await loadTitles(path.join(folder.path, 'nowhere'))).to.deep.equal({ titles: [], faults: [] })
    })

    it('follows no link out of a title', async () => {
      const title = path.join(folder.path, 'linked')
      await mkdir(title)
      await writeFile(path.join(folder.path, 'outside.png'), 'x')
      await symlink(path.join(folder.path, 'outside.png'), path.join(title, 'cover.png'))
      expect(await insideFolder(title, 'cover.png')).to.equal(null)
      expect(await insideFolder(title, '../outside.png')).to.equal(null)
      expect(await insideFolder(title, '.')).to.equal(null)
    })
  })
})
