import { expect } from 'chai'
import type { SocketLike } from '../../client/player/connection.ts'
import { echo } from '../../client/player/probe/echo.ts'
import { isSettled, Probes, type ProbeSources } from '../../client/player/probe/probes.ts'
import { type ProbeResult, type ProbeTarget, udpIsBlocked } from '../../config/protocol/placement.ts'

const target = (nodeId: string): ProbeTarget => ({
  nodeId,
  siteName: `Site ${nodeId}`,
  addresses: ['192.0.2.1'],
  port: 1,
  ufrag: 'u',
  password: 'p',
})
const result = (nodeId: string, rttMs: number | null): ProbeResult => ({
  nodeId,
  rttMs,
  jitterMs: rttMs === null ? null : 1,
  samples: rttMs === null ? 0 : 3,
  via: 'stun',
})

/** A router that names nodes round by round, and a network with these round trips. */
function probesOf(rounds: string[][], rttMs: Record<string, number>, change: Partial<ProbeSources> = {}) {
  const asked: string[][] = []
  const told: ProbeResult[][] = []
  const [first = [], ...later] = rounds
  const probes = new Probes({
    targets: async () => first.map(target),
    async more(results) {
      told.push([...results])
      return (later.shift() ?? []).map(target)
    },
    echo: async () => [],
    async measure(targets) {
      asked.push(targets.map(({ nodeId }) => nodeId))
      return targets.map(({ nodeId }) => result(nodeId, rttMs[nodeId] ?? null))
    },
    ...change,
  })
  return { probes, asked, told }
}

describe('probes', () => {
  it('go on with whom the router names next, tell it everything, and stop when it names nobody', async () => {
    const { probes, asked, told } = probesOf([['a', 'b'], ['c']], { a: 30, b: 20, c: 10 })
    await probes.refresh()
    expect(asked).to.deep.equal([['a', 'b'], ['c']])
    expect(told.map((results) => results.map(({ nodeId }) => nodeId))).to.deep.equal([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ])
    expect(probes.results).to.deep.equal([result('a', 30), result('b', 20), result('c', 10)])
    expect(probes.nearest).to.deep.equal({ siteName: 'Site c', rttMs: 10 })
  })

  it('measure nobody twice, and nobody for ever', async () => {
    const { probes, asked } = probesOf([['a'], ['a', 'b'], ['c'], ['d'], ['e']], { a: 1, b: 1, c: 1, d: 1 })
    await probes.refresh()
    expect(asked).to.deep.equal([['a'], ['b'], ['c']])
  })

  it('keep what they have when the router is not there for a second round', async () => {
    const { probes } = probesOf([['a']], { a: 5 }, { more: () => Promise.reject(new Error('away')) })
    await probes.refresh()
    expect(probes.results).to.deep.equal([result('a', 5)])
  })

  it('are ready with the first round while the second is on its way', async () => {
    let go = (): void => {}
    const second = new Promise<readonly ProbeTarget[]>((resolve) => {
      go = () => resolve([])
    })
    const { probes } = probesOf([['a']], { a: 5 }, { more: () => second })
    const all = probes.refresh()
    expect(await probes.ready()).to.deep.equal([result('a', 5)])
    go()
    await all
  })

  it('keep the lower figures of a second look, and those of nodes that were not asked again', async () => {
    const rttMs: Record<string, number> = { a: 50, b: 20 }
    const { probes } = probesOf([['a'], ['b'], []], rttMs)
    await probes.refresh()
    rttMs['a'] = 9
    await probes.refine()
    expect(probes.results).to.deep.equal([result('a', 9), result('b', 20)])
    delete rttMs['a']
    await probes.refine()
    expect(probes.results).to.deep.include(result('a', 9))
    rttMs['a'] = 90
    await probes.refresh()
    expect(probes.results).to.deep.equal([result('a', 90)])
  })

  it('are looked at again until a calm look finds the nearest no nearer', () => {
    const look = (rttMs: number, jitterMs: number) => ({ rttMs, jitterMs })
    const settled: readonly (readonly [ReturnType<typeof look> | null, ReturnType<typeof look> | null])[] = [
      [look(16, 40), look(16, 1)],
      [look(16, 1), look(14, 2)],
      [look(16, 1), look(40, 2)],
      [null, null],
    ]
    const unsettled: typeof settled = [
      [look(146, 1), look(16, 1)],
      [look(146, 5), look(146, 60)],
      [null, look(20, 1)],
    ]
    for (const [before, after] of settled) expect(isSettled(before, after)).to.equal(true)
    for (const [before, after] of unsettled) expect(isSettled(before, after)).to.equal(false)
  })

  it('say how far the router is over WebSocket, and that it was so, where UDP reaches nothing', async () => {
    const { probes, told } = probesOf([['a', 'b']], {}, { echo: async () => [31, 30, 35] })
    await probes.refresh()
    expect(probes.results).to.deep.equal(
      ['a', 'b'].map((nodeId) => ({ nodeId, rttMs: 30, jitterMs: 5, samples: 3, via: 'websocket' })),
    )
    expect(told).to.deep.equal([])
    expect(probes.nearest).to.equal(null)
    expect(udpIsBlocked(probes.results)).to.equal(true)
  })

  it('call UDP blocked only when nodes were probed and none answered', () => {
    expect(udpIsBlocked([])).to.equal(false)
    expect(udpIsBlocked([result('a', null), result('b', 3)])).to.equal(false)
    expect(udpIsBlocked([result('a', null)])).to.equal(true)
  })
})

/** A router's end that answers at once. */
class EchoSocket implements SocketLike {
  readyState = 1
  closed = false
  readonly #listeners = new Map<string, (event: { data: unknown }) => void>()
  addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.set(type, listener)
  }
  emit(type: string, data: unknown = null): void {
    this.#listeners.get(type)?.({ data })
  }
  send(text: string): void {
    const message = JSON.parse(text) as { kind: string; atMs?: number }
    const answer =
      message.kind === 'hello' ? { kind: 'welcome', version: 1 } : { kind: 'pong', atMs: message.atMs }
    queueMicrotask(() => this.emit('message', JSON.stringify(answer)))
  }
  close(): void {
    this.closed = true
  }
}

describe('the echo of the router', () => {
  it('is three round trips after the welcome, and leaves no socket behind', async () => {
    const socket = new EchoSocket()
    const measured = echo(() => socket)
    socket.emit('open')
    const samples = await measured
    expect(samples).to.have.length(3)
    for (const ms of samples) expect(ms).to.be.within(0, 100)
    expect(socket.closed).to.equal(true)
  })

  it('is nothing where the router cannot be reached', async () => {
    const socket = new EchoSocket()
    const measured = echo(() => socket)
    socket.emit('error')
    expect(await measured).to.deep.equal([])
    const refused = echo(() => {
      throw new Error('no sockets here')
    })
    expect(await refused).to.deep.equal([])
  })
})
