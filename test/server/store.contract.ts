import { expect } from 'chai'
import type { CreateSession } from '../../config/protocol/api.ts'
import type { SessionState } from '../../config/protocol/session.ts'
import { defaultStream } from '../../config/protocol/stream.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import type { NewSession, Store } from '../../server/store/store.ts'

export const requestWith = (idempotencyKey: string): CreateSession => ({
  titleId: 'latency-lab',
  idempotencyKey,
  probes: [{ nodeId: 'n1', rttMs: 3, jitterMs: null, samples: 3, via: 'stun' }],
  codecs: ['h264'],
  stream: defaultStream,
})

let last = 0
/** Ids that no other test uses: one store serves a whole suite. */
export const freshId = (what: string): string => `${what}-${process.pid}-${++last}`

export const sessionOf = (guestId: string, key = 'k', createdAtMs = 1000): NewSession => ({
  id: freshId('session'),
  guestId,
  titleId: 'latency-lab',
  request: requestWith(key),
  createdAtMs,
})

const ended: SessionState = { kind: 'ended', reason: 'player-ended', detail: null, endedAtMs: 9 }

/** What every store promises, whatever it stands on. `open` is called once; the suite closes what it got. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`store contract: ${name}`, () => {
    let store: Store
    before(async function () {
      this.timeout(60_000)
      store = await open()
    })
    after(() => store.close())

    const newGuest = async (): Promise<string> => {
      const id = freshId('guest')
      await store.guests.seen(id, 5)
      return id
    }
    const created = async (session: NewSession): Promise<NewSession> => {
      expect((await store.sessions.create(session, 100)).kind).to.equal('created')
      return session
    }

    it('keeps the first visit of a guest and the latest one', async () => {
      const id = await newGuest()
      await store.guests.seen(id, 9)
      await store.guests.seen(id, 7)
      expect(await store.guests.find(id)).to.deep.equal({ id, createdAtMs: 5, seenAtMs: 9 })
      expect(await store.guests.find('nobody')).to.equal(null)
    })

    it('replaces a title by its newer manifest', async () => {
      const manifest = { id: freshId('title'), name: 'One', notes: { deep: [1, 'ü', null] } }
      await store.titles.put(manifest as unknown as TitleManifest, 1)
      await store.titles.put({ ...manifest, name: 'Two' } as unknown as TitleManifest, 2)
      expect(await store.titles.find(manifest.id)).to.deep.equal({ ...manifest, name: 'Two' })
      expect(await store.titles.find('none')).to.equal(null)
    })

    it('keeps where those in line come from, until they are dropped', async () => {
      const [one, two] = [freshId('session'), freshId('session')]
      await store.waits.put(one, '198.51.100.0/24')
      await store.waits.put(one, '203.0.113.0/24')
      await store.waits.put(two, '2001:db8:1::/48')
      expect((await store.waits.all()).get(one)).to.equal('203.0.113.0/24')
      await store.waits.drop(one)
      const left = await store.waits.all()
      expect([left.has(one), left.get(two)]).to.deep.equal([false, '2001:db8:1::/48'])
    })

    it('keeps who else plays in a session, and numbers nobody twice', async () => {
      const [session, other] = [freshId('session'), freshId('session')]
      const [ana, rui, eva] = [freshId('guest'), freshId('guest'), freshId('guest')]
      await store.players.put(session, new Map([[ana, 2]]))
      await store.players.put(session, new Map([[rui, 2]]))
      await store.players.put(
        session,
        new Map([
          [ana, 4],
          [eva, 3],
        ]),
      )
      await store.players.put(other, new Map())
      expect(await store.players.of(session)).to.deep.equal(
        new Map([
          [ana, 2],
          [eva, 3],
        ]),
      )
      expect((await store.players.of(other)).size).to.equal(0)
    })

    it('lets a one-time token enrol one node, once', async () => {
      const hash = freshId('token')
      const [id, other] = [freshId('node'), freshId('node')]
      await store.nodes.offerToken({ hash, host: 'h1', atMs: 1, trust: 'verified' })
      expect(await store.nodes.enrol({ id, publicKey: 'pk', tokenHash: 'wrong', atMs: 2 })).to.equal(false)
      expect(await store.nodes.find(id)).to.equal(null)
      expect(await store.nodes.enrol({ id, publicKey: 'pk', tokenHash: hash, atMs: 3 })).to.equal(true)
      expect(await store.nodes.enrol({ id: other, publicKey: 'p2', tokenHash: hash, atMs: 4 })).to.equal(
        false,
      )
      // The same token in the settings of the next start is still used up.
      await store.nodes.offerToken({ hash, host: 'h1', atMs: 5, trust: 'operator' })
      expect(await store.nodes.enrol({ id: other, publicKey: 'p2', tokenHash: hash, atMs: 6 })).to.equal(
        false,
      )
      expect(await store.nodes.find(id)).to.deep.equal({
        id,
        publicKey: 'pk',
        host: 'h1',
        enrolledAtMs: 3,
        trust: 'verified',
      })
      expect(await store.nodes.any()).to.equal(true)
    })

    it('gives one token to one of two nodes that come at once', async () => {
      const hash = freshId('token')
      await store.nodes.offerToken({ hash, host: 'h2', atMs: 1, trust: null })
      const enrol = (): Promise<boolean> =>
        store.nodes.enrol({ id: freshId('node'), publicKey: 'pk', tokenHash: hash, atMs: 2 })
      expect((await Promise.all([enrol(), enrol(), enrol()])).filter(Boolean)).to.have.length(1)
    })

    it("withdraws a host's unused token when it offers another", async () => {
      const [older, newer] = [freshId('token'), freshId('token')]
      await store.nodes.offerToken({ hash: older, host: 'h3', atMs: 1, trust: null })
      await store.nodes.offerToken({ hash: newer, host: 'h3', atMs: 2, trust: null })
      const id = freshId('node')
      expect(await store.nodes.enrol({ id, publicKey: 'pk', tokenHash: older, atMs: 3 })).to.equal(false)
      expect(await store.nodes.enrol({ id, publicKey: 'pk', tokenHash: newer, atMs: 3 })).to.equal(true)
    })

    it("takes a token until it runs out, and lists a host's nodes, oldest first", async () => {
      const [stale, good, later] = [freshId('token'), freshId('token'), freshId('token')]
      const [one, two] = [freshId('node'), freshId('node')]
      const offered = { host: 'h4', atMs: 1, trust: 'community' } as const
      const enrol = (id: string, tokenHash: string, atMs: number) =>
        store.nodes.enrol({ id, publicKey: 'pk', tokenHash, atMs })
      await store.nodes.offerToken({ ...offered, hash: stale, expiresAtMs: 10 })
      expect(await enrol(two, stale, 10)).to.equal(false)
      await store.nodes.offerToken({ ...offered, hash: good, expiresAtMs: 10 })
      expect(await enrol(two, good, 9)).to.equal(true)
      await store.nodes.offerToken({ ...offered, hash: later })
      expect(await enrol(one, later, 8)).to.equal(true)
      expect((await store.nodes.ofHost('h4')).map(({ id }) => id)).to.deep.equal([one, two])
      expect(await store.nodes.ofHost('h5')).to.deep.equal([])
    })

    it('begins a session as requested and returns all of it', async () => {
      const session = sessionOf(await newGuest())
      const creation = await store.sessions.create(session, 1)
      const expected = {
        ...session,
        state: { kind: 'requested' },
        revision: 0,
        nodeSeq: 0,
        placement: null,
      }
      expect(creation).to.deep.equal({ kind: 'created', session: expected })
      expect(await store.sessions.find(session.id)).to.deep.equal(expected)
    })

    it('answers the same idempotency key with the same session, also after its end and also at once', async () => {
      const guestId = await newGuest()
      const attempts = await Promise.all(
        [1, 2, 3].map(() => store.sessions.create(sessionOf(guestId, 'same'), 1)),
      )
      expect(attempts.map(({ kind }) => kind).sort()).to.deep.equal(['created', 'repeated', 'repeated'])
      const ids = new Set(attempts.map((attempt) => attempt.kind !== 'too-many' && attempt.session.id))
      expect(ids.size).to.equal(1)
      const [id] = [...ids]
      await store.sessions.advance(step(String(id), 1, ended))
      const again = await store.sessions.create(sessionOf(guestId, 'same'), 1)
      expect(again.kind === 'repeated' && again.session.id).to.equal(id)
      const other = await store.sessions.create(sessionOf(await newGuest(), 'same'), 1)
      expect(other.kind).to.equal('created')
    })

    it('never lets a guest have more open sessions than allowed, however many ask at once', async () => {
      const guestId = await newGuest()
      const kinds = await Promise.all(
        ['a', 'b', 'c', 'd'].map(
          async (key) => (await store.sessions.create(sessionOf(guestId, key), 2)).kind,
        ),
      )
      expect(kinds.sort()).to.deep.equal(['created', 'created', 'too-many', 'too-many'])
      const [open] = await store.sessions.open(guestId)
      await store.sessions.advance(step(open?.id ?? '', 1, ended))
      expect((await store.sessions.create(sessionOf(guestId, 'e'), 2)).kind).to.equal('created')
    })

    it('lists open sessions, oldest first, of one guest or of all', async () => {
      const [guestId, other] = [await newGuest(), await newGuest()]
      const late = await created(sessionOf(guestId, 'late', 30))
      const early = await created(sessionOf(guestId, 'early', 10))
      const gone = await created(sessionOf(guestId, 'gone', 20))
      const foreign = await created(sessionOf(other, 'x', 15))
      await store.sessions.advance(step(gone.id, 1, ended))
      const ids = (await store.sessions.open(guestId)).map(({ id }) => id)
      expect(ids).to.deep.equal([early.id, late.id])
      const all = (await store.sessions.open()).map(({ id }) => id)
      expect(all).to.include.members([early.id, foreign.id, late.id])
      expect(all).not.to.include(gone.id)
    })

    it('moves a session and appends the event together, and only from the revision before', async () => {
      const { id } = await created(sessionOf(await newGuest()))
      const placed: SessionState = { kind: 'placed', nodeId: 'n1' }
      expect(await store.sessions.advance({ ...step(id, 1, placed), nodeSeq: 4 })).to.equal(true)
      expect(await store.sessions.advance(step(id, 1, ended)), 'a second first step').to.equal(false)
      expect(await store.sessions.advance(step(id, 3, ended)), 'a skipped step').to.equal(false)
      const row = await store.sessions.find(id)
      expect(row).to.deep.include({ state: placed, revision: 1, nodeSeq: 4 })
      const [event] = step(id, 1, placed).events
      expect(await store.sessions.events(id)).to.deep.equal([{ seq: 1, source: 'router', event, atMs: 77 }])
    })

    it('appends several events together, numbered, and only from the revision before the first', async () => {
      const { id } = await created(sessionOf(await newGuest()))
      const events = [
        { kind: 'place', nodeId: 'n1' },
        { kind: 'refuse' },
        { kind: 'place', nodeId: 'n2' },
      ] as const
      const several = { ...step(id, 3, { kind: 'placed', nodeId: 'n2' } as const), events }
      expect(await store.sessions.advance(several)).to.equal(true)
      expect(await store.sessions.advance({ ...several, revision: 5 })).to.equal(false)
      expect((await store.sessions.find(id))?.revision).to.equal(3)
      expect((await store.sessions.events(id)).map(({ seq, event }) => [seq, event])).to.deep.equal(
        events.map((event, index) => [index + 1, event]),
      )
    })

    it('lets one of several simultaneous steps win', async () => {
      const { id } = await created(sessionOf(await newGuest()))
      const steps = [1, 2, 3].map(() => store.sessions.advance(step(id, 1, ended)))
      expect((await Promise.all(steps)).filter(Boolean)).to.have.length(1)
      expect(await store.sessions.events(id)).to.have.length(1)
    })

    it("never takes a node's numbering back", async () => {
      const { id } = await created(sessionOf(await newGuest()))
      await store.sessions.hear(id, 7)
      await store.sessions.hear(id, 3)
      await store.sessions.advance({ ...step(id, 1, { kind: 'placed', nodeId: 'n' }), nodeSeq: 2 })
      expect((await store.sessions.find(id))?.nodeSeq).to.equal(7)
    })

    it('keeps the latest placement report', async () => {
      const { id } = await created(sessionOf(await newGuest()))
      const report = {
        sessionId: id,
        decidedAtMs: 1.5,
        chosenNodeId: null,
        inWords: 'No "node".',
        candidates: [],
      }
      const placement = async () => (await store.sessions.find(id))?.placement
      await store.sessions.putPlacement(id, { ...report, inWords: 'old' })
      await store.sessions.putPlacement(id, report)
      expect(await placement()).to.deep.equal(report)
      const newer = { ...report, inWords: 'With a step.' }
      await store.sessions.advance({ ...step(id, 1, { kind: 'placed', nodeId: 'n' }), placement: newer })
      expect(await placement()).to.deep.equal(newer)
      await store.sessions.advance(step(id, 2, ended))
      expect(await placement(), 'a step without one').to.deep.equal(newer)
    })

    it('notes the visit of whom it begins a session for, known or not', async () => {
      const [known, unknown] = [await newGuest(), freshId('guest')]
      await created(sessionOf(known, 'a', 50))
      await created(sessionOf(unknown, 'a', 60))
      expect(await store.guests.find(known)).to.deep.equal({ id: known, createdAtMs: 5, seenAtMs: 50 })
      expect(await store.guests.find(unknown)).to.deep.equal({ id: unknown, createdAtMs: 60, seenAtMs: 60 })
    })

    it('lets a session that cannot be stored fail alone, also when others come with it', async () => {
      const [first, second, third] = [await newGuest(), await newGuest(), await newGuest()]
      const taken = await created(sessionOf(first))
      const attempts = await Promise.allSettled(
        [sessionOf(second), { ...sessionOf(third), id: taken.id }, sessionOf(first, 'other')].map((session) =>
          store.sessions.create(session, 9),
        ),
      )
      expect(attempts.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled'])
    })

    it('finds nothing where there is nothing', async () => {
      expect(await store.sessions.find('none')).to.equal(null)
      expect(await store.sessions.events('none')).to.deep.equal([])
      expect(await store.sessions.open('nobody')).to.deep.equal([])
    })
  })
}

const step = (sessionId: string, revision: number, state: SessionState) => ({
  sessionId,
  revision,
  state,
  nodeSeq: 0,
  events: [{ kind: 'place', nodeId: 'n1' }] as const,
  source: 'router' as const,
  atMs: 77,
})
