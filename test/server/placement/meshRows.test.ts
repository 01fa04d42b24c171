import { expect } from 'chai'
import fc from 'fast-check'
import { createMesh } from '../../../server/placement/routing/mesh.ts'
import { createMeshRows } from '../../../server/placement/routing/meshRows.ts'
import { meshTable } from '../../../server/placement/routing/meshTable.ts'
import type { Mesh } from '../../../server/placement/routing/types.ts'
import type { Site } from '../../../server/placement/site.ts'
import { createManualClock } from '../support/manualClock.ts'

const site = (n: number): Site => ({
  id: `s${String(n).padStart(4, '0')}`,
  lat: n % 7 === 3 ? null : ((n * 37) % 120) - 60,
  lon: n % 7 === 3 ? null : ((n * 91) % 360) - 180,
})
const sitesOf = (numbers: Iterable<number>): readonly Site[] =>
  [...new Set(numbers)].sort((a, b) => a - b).map(site)
const upTo = (count: number): readonly Site[] => sitesOf(Array.from({ length: count }, (_, n) => n))

/** How often the mesh was asked for one pair, and for all of one site. */
function spied(
  mesh: Mesh,
): Pick<Mesh, 'rttMs' | 'each'> & { readonly asked: { pairs: number; rows: number } } {
  const asked = { pairs: 0, rows: 0 }
  return {
    asked,
    rttMs(a, b) {
      asked.pairs += 1
      return mesh.rttMs(a, b)
    },
    each(siteId, take) {
      asked.rows += 1
      mesh.each(siteId, take)
    },
  }
}

describe('rows of the mesh', () => {
  it('survive a site that comes and goes: only its own place in them is looked up', () => {
    const clock = createManualClock()
    const mesh = spied(createMesh(clock))
    const rows = createMeshRows(mesh)
    const readAll = (sites: readonly Site[]): void => {
      const table = rows.table(sites, clock.now())
      for (const { id } of upTo(50)) table.row(table.indexOf(id) ?? -1)
    }
    readAll(upTo(100))
    expect(mesh.asked).to.deep.equal({ pairs: 0, rows: 50 })
    for (let visit = 1; visit <= 10; visit++) {
      readAll(sitesOf([...Array(100).keys(), 200]))
      readAll(upTo(100))
      expect(mesh.asked).to.deep.equal({ pairs: 50 * visit, rows: 50 })
    }
  })

  it('are read anew one by one, each within a minute', () => {
    const clock = createManualClock()
    const mesh = spied(createMesh(clock))
    const rows = createMeshRows(mesh)
    const sites = upTo(100)
    let most = 0
    for (let second = 0; second <= 60; second++) {
      const before = mesh.asked.rows
      const table = rows.table(sites, clock.now())
      for (const index of sites.keys()) table.row(index)
      if (second > 0) most = Math.max(most, mesh.asked.rows - before)
      clock.pass(1_000)
    }
    expect(mesh.asked.rows).to.be.at.least(200)
    expect(most).to.be.at.most(20)
  })

  it('say what a new table says, whatever came, went, moved, was measured or is forgotten', () => {
    const number = fc.nat(30)
    const step = fc.oneof(
      fc.record({ kind: fc.constant('turn' as const), n: number }),
      fc.record({ kind: fc.constant('move' as const), n: number }),
      fc.record({ kind: fc.constant('ping' as const), a: number, b: number, rttMs: fc.nat(200) }),
      fc.record({ kind: fc.constant('pass' as const), minutes: fc.constantFrom(1, 5, 200) }),
      fc.record({ kind: fc.constant('read' as const), n: number }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = createManualClock()
        const mesh = createMesh(clock)
        const rows = createMeshRows(mesh)
        const there = new Map(upTo(12).map((one) => [one.id, one]))
        let sites: readonly Site[] = [...there.values()]
        for (const one of steps) {
          if (one.kind === 'ping') mesh.record(site(one.a).id, site(one.b).id, one.rttMs, clock.now())
          if (one.kind === 'pass') clock.pass(one.minutes * 60_000)
          if (one.kind === 'read') rows.table(sites, clock.now()).row(one.n)
          if (one.kind !== 'turn' && one.kind !== 'move') continue
          const { id, lat, lon } = site(one.n)
          if (one.kind === 'turn' && there.has(id)) there.delete(id)
          else
            there.set(id, one.kind === 'turn' ? site(one.n) : { id, lat: lon === null ? 5 : null, lon: lat })
          sites = [...there.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
          rows.table(sites, clock.now()).row(one.n)
        }
        clock.pass(60_000)
        const fresh = meshTable(sites, mesh)
        const kept = rows.table(sites, clock.now())
        for (const [index, { id }] of sites.entries()) {
          expect(kept.indexOf(id)).to.equal(index)
          expect(kept.row(index)).to.deep.equal(fresh.row(index))
        }
      }),
      { numRuns: 300 },
    )
  })
})
