import { expect } from 'chai'
import type { FromNode } from '../../../config/protocol/nodeSocket.ts'
import { type Beacon, startBeacon } from '../../../edge/agent/beacon.ts'
import { type MeshPeer, type MeshPings, startMeshPings } from '../../../edge/agent/meshPings.ts'
import { openStunPing, type StunPing } from '../../../edge/agent/stunPing.ts'

type Pings = Extract<FromNode, { kind: 'pings' }>

const peer = (nodeId: string, addresses = [nodeId]): MeshPeer => ({
  nodeId,
  addresses,
  port: 1,
  ufrag: 'u',
  password: 'p',
})

describe('pings between sites', () => {
  let running: MeshPings | null = null
  afterEach(() => running?.[Symbol.asyncDispose]())

  /** @param trips round trips of each address, one after the other; the last one repeats */
  function start(trips: Record<string, (number | null)[]>) {
    const asked: string[] = []
    const waiting = new Set<() => void>()
    const reports: Pings[] = []
    const ping: StunPing = {
      async ask({ address }) {
        asked.push(address)
        const left = trips[address] ?? [null]
        return (left.length > 1 ? left.shift() : left[0]) ?? null
      },
      [Symbol.asyncDispose]: async () => {},
    }
    running = startMeshPings({
      ping,
      send(message) {
        reports.push(message)
        for (const look of [...waiting]) look()
      },
      times: { everyMs: 20, gapMs: 1, reportMs: 1 },
      random: () => 0.5,
    })
    const until = (holds: (all: Pings['results']) => boolean): Promise<Pings['results']> =>
      new Promise((resolve) => {
        const look = (): void => {
          const all = reports.flatMap(({ results }) => results)
          if (!holds(all)) return
          waiting.delete(look)
          resolve(all)
        }
        waiting.add(look)
        look()
      })
    return { pings: running, asked, until }
  }

  it('report the least of three, by the best of a peer’s addresses, over and over', async () => {
    const { pings, asked, until } = start({ far: [40], near: [12, 9, 11, 12] })
    pings.setPeers([peer('a', ['far', 'near', 'dead'])])
    const results = await until((all) => all.length >= 2)
    expect(results[0]).to.deep.equal({ nodeId: 'a', rttMs: 9, samples: 3 })
    expect(asked.slice(0, 5)).to.deep.equal(['far', 'near', 'dead', 'near', 'near'])
  })

  it('say nothing of a peer that does not answer', async () => {
    const { pings, asked, until } = start({ b: [5] })
    pings.setPeers([peer('a'), peer('b')])
    const results = await until((all) => all.length >= 2)
    expect(asked).to.include('a')
    expect(new Set(results.map(({ nodeId }) => nodeId))).to.deep.equal(new Set(['b']))
  })

  it('stop with peers that were taken off the list', async () => {
    const { pings, asked, until } = start({ a: [5], b: [6] })
    pings.setPeers([peer('a')])
    await until((all) => all.length > 0)
    pings.setPeers([peer('b')])
    await until((all) => all.some(({ nodeId }) => nodeId === 'b'))
    asked.length = 0
    const before = (await until(() => true)).length
    await until((all) => all.length >= before + 2)
    expect(asked).to.not.include('a')
  })
})

describe('a STUN ping', function () {
  this.timeout(20_000)
  let beacon: Beacon
  let ping: StunPing
  before(async () => {
    beacon = await startBeacon({ port: 0 })
    ping = openStunPing()
  })
  after(async () => {
    await ping[Symbol.asyncDispose]()
    await beacon[Symbol.asyncDispose]()
  })

  it('is the round trip to a beacon, over IPv4 and IPv6', async () => {
    for (const address of ['127.0.0.1', '::1'])
      expect(await ping.ask({ ...beacon, address }), address).to.be.within(0, 1_000)
  })

  it('is nothing when the beacon has another password, or there is no way to it', async () => {
    const answers = await Promise.all([
      ping.ask({ ...beacon, address: '127.0.0.1', password: 'old' }),
      ping.ask({ ...beacon, address: 'not an address' }),
    ])
    expect(answers).to.deep.equal([null, null])
  })

  it('settles when it is closed meanwhile', async () => {
    const closing = openStunPing()
    const asked = closing.ask({ ...beacon, address: '127.0.0.1', password: 'old' })
    await closing.ask({ ...beacon, address: '127.0.0.1' })
    await closing[Symbol.asyncDispose]()
    expect(await asked).to.equal(null)
  })
})
