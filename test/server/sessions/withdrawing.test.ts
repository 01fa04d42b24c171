import { expect } from 'chai'
import { defaultStream } from '../../../config/protocol/stream.ts'
import type { ToNode } from '../../../config/protocol/nodeSocket.ts'
import { createFleet } from '../../../server/fleet/fleet.ts'
import { createNodeQuality } from '../../../server/placement/quality.ts'
import { openSessions, type Sessions } from '../../../server/sessions/sessions.ts'
import { createMemoryStore } from '../leases/memoryStore.ts'
import { createManualClock } from '../support/manualClock.ts'
import { nodeOf } from '../support/nodes.ts'
import { titleJson } from '../support/titles.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as never
const entry = { probes: [], codecs: ['h264' as const], stream: defaultStream }
const request = { ...entry, titleId: 'game', idempotencyKey: 'wish' }

describe('a title that is withdrawn', () => {
  /** One publisher's title, one node, and a moment at which the publisher withdraws it. */
  function world() {
    const { store, rows } = createMemoryStore()
    const clock = createManualClock()
    const fleet = createFleet({ clock, log: quiet, nodeLostMs: 10_000 })
    const node = nodeOf('n')
    const sent: ToNode['kind'][] = []
    let isWithdrawn = false
    let sessions: Sessions | null = null
    /** As server/publishing does: new wishes are refused, then what has not begun is ended. */
    function withdraw(): void {
      isWithdrawn = true
      sessions?.withdraw('game')
    }
    const on = { create: () => {}, reserve: () => {} }
    async function open(): Promise<Sessions> {
      const manifest = titleJson('game')
      const build = { version: '1.0.0', channel: 'live' } as const
      sessions = await openSessions({
        store: {
          ...store,
          sessions: {
            ...store.sessions,
            async create(...wish) {
              const creation = await store.sessions.create(...wish)
              on.create()
              return creation
            },
          },
        },
        catalogue: {
          of: () => manifest,
          offer: () => (isWithdrawn ? null : { manifest, build }),
          isWithdrawn: () => isWithdrawn,
        } as never,
        fleet: {
          ...fleet,
          index: { ...fleet.index, find: () => node, at: () => [node] },
          async reserve() {
            on.reserve()
            return { ok: true, leaseId: 'l', fence: 1, seatId: 0 } as never
          },
          send(_nodeId, { kind }) {
            sent.push(kind)
            return true
          },
        },
        holds: { against: () => null, seated: () => {} },
        prior: { lookup: async () => null, close: async () => {} },
        pricing: { asked: () => {}, of: () => null, played: () => {} },
        quality: createNodeQuality(clock),
        routing: { estimatesFor: async () => new Map(), learnSession: async () => {} },
        tickets: { publicKey: {}, issue: async () => 'ticket' },
        saves: { areKept: async () => false },
        clock,
        log: quiet,
        count: { ended: () => {}, placed: () => {}, staleEvent: () => {}, droppedSignal: () => {} },
        settings: {
          confirmMs: 30_000,
          graceMs: 90_000,
          idleMs: 900_000,
          idleWarningMs: 60_000,
          nodeLostMs: 10_000,
          sessionsPerGuest: 3,
          startTimeoutMs: 30_000,
        },
      })
      return sessions
    }
    const reasons = (): (string | null)[] =>
      [...rows.values()].map(({ state }) => (state.kind === 'ended' ? state.reason : null))
    const together = (all: Sessions) =>
      all.together({
        titleId: 'game',
        players: [1, 2].map((number) => ({
          guestId: `guest ${number}`,
          number,
          sessionId: `session ${number}`,
          ip: null,
          entry,
          estimates: new Map(),
        })),
        shared: false,
        sites: [{ siteId: node.siteId, siteName: 'N', ruledOut: null, seatsFree: 4, seats: 4 }] as never,
        seated: async () => {},
      })
    return { store, on, sent, withdraw, open, reasons, together }
  }

  it('is not played by whose wish was just being written', async () => {
    const { on, withdraw, open, reasons } = world()
    const sessions = await open()
    on.create = withdraw
    const { view } = await sessions.create('guest', request, '127.0.0.1')
    expect(view.state).to.include({ kind: 'ended' })
    expect(reasons()).to.deep.equal(['title-withdrawn'])
    await sessions.close()
  })

  it('is not played by a party for which seats were just being held, and these are given back', async () => {
    const { on, sent, withdraw, open, reasons, together } = world()
    const sessions = await open()
    on.reserve = withdraw
    expect(await together(sessions)).to.deep.equal({ kind: 'withdrawn' })
    expect([reasons(), sent]).to.deep.equal([[], ['release', 'release']])
    expect(await together(sessions), 'again').to.deep.equal({ kind: 'withdrawn' })
    await sessions.close()
  })

  it('is not played by a party whose sessions were just being written', async () => {
    const { on, sent, withdraw, open, reasons, together } = world()
    const sessions = await open()
    on.create = withdraw
    await together(sessions)
    expect(reasons()).to.deep.equal(['title-withdrawn', 'title-withdrawn'])
    expect(sent).to.deep.equal(['release', 'release'])
    await sessions.close()
  })

  it('is not played after a restart by who had asked for it before', async () => {
    const { store, withdraw, open, reasons } = world()
    const build = { version: '1.0.0', channel: 'live' } as const
    await store.sessions.create(
      { id: 's', guestId: 'guest', titleId: 'game', build, request, createdAtMs: 1 },
      3,
    )
    withdraw()
    const sessions = await open()
    await sessions.close()
    expect(reasons()).to.deep.equal(['title-withdrawn'])
  })
})
