import { expect } from 'chai'
import type { CheckFound, CheckMeasures, CheckReturn } from '../../../config/protocol/check.ts'
import type { VersionCheck } from '../../../config/protocol/publishing.ts'
import type { EndReason } from '../../../config/protocol/session.ts'
import { openLog } from '../../../server/log.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { createChecks } from '../../../server/publishing/checks.ts'
import type { CheckSession } from '../../../server/sessions/sessions.ts'
import type { StoredSession } from '../../../server/store/store.ts'
import { createManualClock } from '../support/manualClock.ts'
import { nodeOf } from '../support/nodes.ts'
import { titleJson } from '../support/titles.ts'

const manifest = (titleId: string) => ({ ...titleJson(titleId), saves: ['save*'] })
const stored = (titleId: string) => ({ titleId, version: '1.0.0', manifest: manifest(titleId) })
const measures: CheckMeasures = {
  firstPictureMs: 900,
  framesBySecond: [60, 60, 60],
  changedByInput: 0.4,
  inputs: ['Enter'],
  loudestDbfs: -20,
  hasSoundServer: true,
  windows: [{ xPx: 0, yPx: 0, widthPx: 1280, heightPx: 720 }],
  access: null,
  saves: null,
  exit: { kind: 'exited', code: 0, asked: true, tookMs: 9 },
  pictures: [],
  log: [],
}

describe('checking versions', () => {
  function open(
    nodes: readonly NodeSnapshot[] = [nodeOf('n', { titles: [{ id: 'quest', version: '1.0.0' }] })],
  ) {
    const clock = createManualClock()
    const made: CheckSession[] = []
    const puts: VersionCheck[] = []
    /** By their number from 1, sessions that cannot begin. */
    const failing = new Set<number>()
    const online = [...nodes]
    let measured: (session: StoredSession, found: CheckFound) => void = () => {}
    let ended: (session: StoredSession) => void = () => {}
    const checks = createChecks({
      store: {
        find: async (titleId: string) => ({ orgId: `of-${titleId}` }),
        putCheck: async (_titleId: string, _version: string, check: VersionCheck) => void puts.push(check),
        forgetCheckSaves: async () => {},
        putPictures: async () => {},
        version: async (titleId: string) => stored(titleId),
        checking: async () => [stored('quest')],
      } as never,
      sessions: {
        async check(wish) {
          made.push(wish)
          if (failing.has(made.length)) throw new Error('the store is away')
        },
        countByState: () => ({ waiting: 0 }) as never,
        onCheck: (listener) => void (measured = listener),
        onEnd: (listener) => void (ended = listener),
      },
      nodesOfHost: async () => new Set(),
      fleet: { index: { all: () => online } },
      clock,
      log: openLog('silent'),
    })
    return {
      checks,
      made,
      puts,
      failing,
      online,
      async pass(ms: number) {
        clock.pass(ms)
        await new Promise(setImmediate)
      },
      measured: (found: CheckMeasures) => measured(row(made.at(-1)), { part: 'play', measures: found }),
      returned: (found: CheckReturn) => measured(row(made.at(-1)), { part: 'return', found }),
      ended: (reason: EndReason) => {
        const state = { kind: 'ended', reason, detail: 'said so', endedAtMs: 1 } as const
        ended({ ...row(made.at(-1)), state })
      },
    }
  }
  const row = (wish: CheckSession | undefined) =>
    ({
      id: wish?.sessionId,
      titleId: wish?.titleId,
      build: { version: wish?.version, channel: 'check' },
    }) as StoredSession
  const last = (puts: readonly VersionCheck[]) => puts.at(-1)

  it('begins once a node has the version and a seat, and keeps what was measured', async () => {
    const bed = open([nodeOf('n', { titles: [{ id: 'quest', version: '0.9.0' }] })])
    await bed.checks.begin('quest', '1.0.0')
    await bed.checks.begin('quest', '1.0.0')
    expect(bed.puts.map(({ state }) => state)).to.deep.equal(['running'])
    await bed.pass(10_000)
    expect(bed.made).to.deep.equal([])
    bed.online.push(nodeOf('m', { titles: [{ id: 'quest', version: '1.0.0' }] }))
    await bed.pass(2_000)
    await bed.pass(2_000)
    expect(bed.made.map(({ titleId, version, nodeId }) => [titleId, version, nodeId])).to.deep.equal([
      ['quest', '1.0.0', 'm'],
    ])
    bed.measured(measures)
    bed.ended('game-exited')
    await bed.checks.close()
    expect(bed.puts.map(({ state }) => state)).to.deep.equal(['running', 'passed'])
    expect(last(bed.puts)).to.have.nested.property('report.node.siteName', 'M')
  })

  it('fails with what to do where something is wrong', async () => {
    const bed = open()
    await bed.checks.begin('quest', '1.0.0')
    await bed.pass(0)
    bed.measured({ ...measures, loudestDbfs: null })
    await bed.checks.close()
    const check = last(bed.puts)
    expect(check?.state).equals('failed')
    const items = check !== undefined && 'report' in check ? check.report.items : []
    expect(items.filter(({ passed }) => !passed).map(({ name }) => name)).to.deep.equal(['sound'])
  })

  it('begins again where its session could not, and goes on asking for a seat that a player took', async () => {
    const bed = open()
    bed.failing.add(1)
    await bed.checks.begin('quest', '1.0.0')
    await bed.pass(0)
    for (let times = 2; times <= 8; times += 1) {
      await bed.pass(2_000)
      expect(bed.made).to.have.length(times)
      bed.ended('no-seat-free')
    }
    await bed.pass(2_000)
    bed.measured(measures)
    await bed.checks.close()
    expect(last(bed.puts)?.state).equals('passed')
  })

  it('begins once more, as the same player, with what was saved, and fails what does not come back', async () => {
    const bed = open()
    const file = { path: 'save1', size: 3, sha256: 'a'.repeat(64) }
    await bed.checks.begin('quest', '1.0.0')
    await bed.pass(0)
    bed.measured({ ...measures, saves: { files: [file], others: [] } })
    await bed.pass(2_000)
    expect(bed.made).to.have.length(1)
    bed.ended('game-exited')
    for (const ended of ['no-seat-free', 'edge-gone'] as const) {
      await bed.pass(2_000)
      bed.ended(ended)
    }
    await bed.pass(2_000)
    expect(bed.made.map(({ part }) => part)).to.deep.equal(['play', 'return', 'return', 'return'])
    expect(new Set(bed.made.map(({ guestId }) => guestId)).size).equals(1)
    const { exit, log } = measures
    bed.returned({ firstPictureMs: 900, saves: [{ ...file, size: 2 }], exit, log })
    await bed.checks.close()
    const check = last(bed.puts)
    const items = check !== undefined && 'report' in check ? check.report.items : []
    expect(items.filter(({ passed }) => !passed).map(({ name }) => name)).to.deep.equal(['saves'])
  })

  it('fails one that cannot be started with what it has saved', async () => {
    const bed = open()
    await bed.checks.begin('quest', '1.0.0')
    await bed.pass(0)
    const file = { path: 'save1', size: 3, sha256: 'a'.repeat(64) }
    bed.measured({ ...measures, saves: { files: [file], others: [] } })
    bed.ended('game-exited')
    await bed.pass(2_000)
    bed.ended('start-failed')
    await bed.checks.close()
    const check = last(bed.puts)
    const saves = check !== undefined && 'report' in check ? check.report.items.at(-1) : undefined
    expect(saves).to.include({ name: 'saves', passed: false })
    expect(saves?.measured).to.include('said so')
  })

  it('takes no word of a session but its own', async () => {
    const bed = open()
    await bed.checks.begin('quest', '1.0.0')
    await bed.pass(0)
    bed.ended('edge-gone')
    await bed.pass(2_000)
    const [before] = bed.made.splice(0, 1)
    bed.made.push(...(before === undefined ? [] : [before]))
    bed.measured(measures)
    bed.ended('game-crashed')
    await bed.checks.close()
    expect(bed.puts.map(({ state }) => state)).to.deep.equal(['running'])
  })

  it('begins again where the node was lost, three times', async () => {
    const bed = open()
    await bed.checks.begin('quest', '1.0.0')
    for (let times = 1; times <= 3; times += 1) {
      await bed.pass(2_000)
      expect(bed.made).to.have.length(times)
      bed.ended('edge-gone')
    }
    await bed.pass(10_000)
    expect(bed.made).to.have.length(3)
    await bed.checks.close()
    expect(last(bed.puts)).to.have.nested.property('report.items[0].name', 'start')
  })

  it('fails at once where the title cannot be started', async () => {
    const bed = open()
    await bed.checks.begin('quest', '1.0.0')
    await bed.pass(0)
    bed.ended('start-failed')
    await bed.checks.close()
    expect(last(bed.puts)).to.have.nested.property('report.items[0].measured').that.includes('said so')
  })

  it('gives up where no node has it for half an hour', async () => {
    const bed = open([])
    await bed.checks.begin('quest', '1.0.0')
    for (let minutes = 0; minutes <= 31; minutes += 1) for (let s = 0; s < 30; s += 1) await bed.pass(2_000)
    await bed.checks.close()
    expect(last(bed.puts)).to.have.nested.property('report.items[0].name', 'seat')
  })

  it('goes on with those that were not done when the router stopped', async () => {
    const bed = open()
    await bed.checks.catchUp()
    await bed.pass(0)
    expect(bed.made.map(({ titleId }) => titleId)).to.deep.equal(['quest'])
    await bed.checks.close()
  })
})
