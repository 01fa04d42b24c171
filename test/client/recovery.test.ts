import { expect } from 'chai'
import type { IceServers } from '../../config/protocol/ice.ts'
import { IceServerCache } from '../../client/player/iceServers.ts'
import { type PathFacts, type Recovery, recover } from '../../client/player/recovery.ts'
import { candidateAddresses, describeTried, type Ways } from '../../client/player/tried.ts'

interface Outage {
  /** When the way to the router was gone, ms after the stream. */
  readonly noSignalling?: readonly [number, number]
  /** How long an answer takes; null: it is lost. */
  readonly answerMs?: number | null
  readonly suspected?: boolean
  readonly untilMs: number
}

/** Plays an outage that begins at 0 through the rules, looked at every 100 ms as the player does. */
function outage({ noSignalling = [0, 0], answerMs = 40, suspected = false, untilMs }: Outage) {
  const done: { atMs: number; step: Recovery }[] = []
  let restart = null as PathFacts['restart']
  let answerAtMs = Number.POSITIVE_INFINITY
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 100) {
    if (restart !== null && nowMs >= answerAtMs) restart = { ...restart, answeredAtMs: answerAtMs }
    const signalling = nowMs < noSignalling[0] || nowMs >= noSignalling[1]
    const step = recover({ nowMs, heardAtMs: 0, suspected, signalling, restart })
    if (step === 'nothing' || step === 'ask') continue
    done.push({ atMs: nowMs, step })
    if (step === 'offer')
      restart = { offeredAtMs: nowMs, answeredAtMs: null, tries: restart === null ? 0 : restart.tries + 1 }
    if (step === 'repeat' && restart !== null) restart = { ...restart, offeredAtMs: nowMs }
    if (step !== 'give-up') answerAtMs = answerMs === null ? Number.POSITIVE_INFINITY : nowMs + answerMs
    if (step === 'give-up') break
  }
  return done
}

describe('a path that falls silent', () => {
  it('is left alone while packets come, and asked after before it counts as silent', () => {
    const look = (quietMs: number): Recovery =>
      recover({ nowMs: quietMs, heardAtMs: 0, suspected: false, signalling: true, restart: null })
    expect([100, 399, 400, 799, 800].map(look)).to.deep.equal(['nothing', 'nothing', 'ask', 'ask', 'offer'])
  })

  it('is replaced within a second, sooner where the browser says that its networks changed', () => {
    expect(outage({ untilMs: 1_000 })).to.deep.equal([{ atMs: 800, step: 'offer' }])
    expect(outage({ untilMs: 600, suspected: true })).to.deep.equal([{ atMs: 300, step: 'offer' }])
  })

  it('is sought again and again, one try at a time, for about ten seconds; then another connection is', () => {
    const steps = outage({ untilMs: 30_000 })
    const offers = steps.filter(({ step }) => step === 'offer').map(({ atMs }) => atMs)
    const waits = offers.slice(1).map((atMs, nth) => atMs - (offers[nth] ?? 0))
    expect(Math.min(...waits)).to.be.at.least(500)
    expect(Math.max(...waits.slice(0, 4))).to.be.at.most(1_000)
    expect(steps.at(-1)?.step).to.equal('give-up')
    expect(steps.at(-1)?.atMs).to.be.within(8_000, 16_000)
  })

  it('waits for the way to the router, and is sought the moment that is back', () => {
    expect(outage({ noSignalling: [0, 3_000], untilMs: 3_400 })).to.deep.equal([
      { atMs: 3_000, step: 'offer' },
    ])
  })

  it('repeats an offer whose answer does not come, and makes a new one when its networks may be gone', () => {
    expect(outage({ answerMs: null, untilMs: 2_400 })).to.deep.equal([
      { atMs: 800, step: 'offer' },
      { atMs: 1_500, step: 'repeat' },
      { atMs: 2_200, step: 'repeat' },
    ])
    const unanswered = { offeredAtMs: 900, answeredAtMs: null, tries: 0 }
    const look = { heardAtMs: 0, suspected: false, signalling: true, restart: unanswered }
    expect(recover({ ...look, nowMs: 3_500 })).to.equal('offer')
  })
})

describe('the relays that a player knows', () => {
  const relay = { urls: ['turn:relay.example'], username: 'u', credential: 'c' }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  it('are asked for once, and again before their credentials run out', async () => {
    let nowMs = 0
    let asked = 0
    const ask = (): Promise<IceServers> => {
      asked += 1
      return Promise.resolve({ iceServers: [relay], lifetimeMs: 600_000 })
    }
    const cache = new IceServerCache(ask, () => nowMs)
    expect(await cache.forOffer()).to.deep.equal([relay])
    nowMs = 500_000
    await cache.forOffer()
    expect(asked).to.equal(1)
    nowMs = 541_000
    await cache.forOffer()
    expect(asked).to.equal(2)
  })

  it('are none where the router does not say, and are asked for again', async () => {
    let nowMs = 0
    let fails = true
    const ask = (): Promise<IceServers> =>
      fails ? Promise.reject(new Error('away')) : Promise.resolve({ iceServers: [relay], lifetimeMs: null })
    const cache = new IceServerCache(ask, () => nowMs)
    expect(await cache.forOffer()).to.deep.equal([])
    await settle()
    fails = false
    nowMs = 6_000
    expect(await cache.forOffer()).to.deep.equal([relay])
  })
})

describe('what was tried in vain', () => {
  const ways: Ways = {
    answered: true,
    nodeAddresses: candidateAddresses(
      'a=candidate:1 1 udp 1 203.0.113.7 4000 typ host\r\na=candidate:2 1 udp 1 2001:db8::1 4000 typ host\r\n',
    ),
    turnUrls: [],
    relays: 0,
    turnErrors: [],
  }
  const relayed = { ...ways, turnUrls: ['turn:relay.example'] }

  it('names the node’s addresses, and that there is no relay', () => {
    expect(describeTried(ways)).to.deep.equal([
      'UDP to 203.0.113.7:4000, [2001:db8::1]:4000: no answer',
      'No relay (TURN) is set up here for networks that block UDP',
    ])
  })

  it('says how far each relay got', () => {
    expect(describeTried({ ...relayed, relays: 1 })[1]).to.match(/turn:relay.example: reached, but the node/)
    expect(
      describeTried({ ...relayed, turnErrors: ['turn:relay.example 701', 'turn:relay.example 701'] })[1],
    ).to.equal('Relay turn:relay.example: not reached (turn:relay.example 701)')
  })

  it('says that the node was silent where it was', () => {
    expect(describeTried({ ...ways, answered: false })).to.deep.equal([
      'The node did not answer the request for a connection.',
    ])
  })
})
