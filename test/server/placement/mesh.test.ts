import { expect } from 'chai'
import fc from 'fast-check'
import { anchorsOf } from '../../../server/placement/routing/anchors.ts'
import { createMesh } from '../../../server/placement/routing/mesh.ts'
import { meshTable } from '../../../server/placement/routing/meshTable.ts'
import { createManualClock } from '../support/manualClock.ts'

const minute = 60_000
const hour = 60 * minute

describe('the mesh between sites', () => {
  it('is the same both ways, and knows nothing of pairs that nobody measured', () => {
    const mesh = createMesh(createManualClock())
    mesh.record('b', 'a', 7, 1_000_000)
    expect(mesh.rttMs('a', 'b')).to.equal(7)
    expect(mesh.rttMs('b', 'a')).to.equal(7)
    expect(mesh.rttMs('a', 'c')).to.equal(null)
  })

  it('keeps the least of noisy pings, and takes a shorter path at once', () => {
    const clock = createManualClock()
    const mesh = createMesh(clock)
    for (const rttMs of [12, 10, 40, 11]) mesh.record('a', 'b', rttMs, clock.now())
    expect(mesh.rttMs('a', 'b')).to.equal(10)
    clock.pass(20 * minute)
    mesh.record('a', 'b', 6, clock.now())
    expect(mesh.rttMs('a', 'b')).to.equal(6)
  })

  it('follows a path that became longer within hours, not with one slow ping', () => {
    const clock = createManualClock()
    const mesh = createMesh(clock)
    for (let window = 0; window < 4; window++) {
      mesh.record('a', 'b', 10, clock.now())
      clock.pass(11 * minute)
    }
    mesh.record('a', 'b', 30, clock.now())
    expect(mesh.rttMs('a', 'b')).to.equal(10)
    for (let window = 0; window < 20; window++) {
      clock.pass(11 * minute)
      mesh.record('a', 'b', 30, clock.now())
    }
    expect(mesh.rttMs('a', 'b')).to.be.closeTo(30, 0.2)
  })

  it('forgets what was not measured for hours, and is not kept alive by a clock that runs ahead', () => {
    const clock = createManualClock()
    const mesh = createMesh(clock)
    mesh.record('a', 'b', 10, clock.now() + 100 * hour)
    clock.pass(5 * hour)
    expect(mesh.rttMs('a', 'b')).to.equal(10)
    clock.pass(2 * hour)
    expect(mesh.rttMs('a', 'b')).to.equal(null)
    mesh.record('a', 'b', 25, clock.now())
    expect(mesh.rttMs('a', 'b'), 'the old minimum is gone').to.equal(25)
    mesh.record('a', 'c', 3, clock.now() - 7 * hour)
    expect(mesh.rttMs('a', 'c'), 'a message that comes hours late').to.equal(null)
  })

  it('keeps a bounded part of what a site has measured: its nearest, and the newest, the same from both ends', () => {
    const clock = createManualClock()
    const mesh = createMesh(clock)
    const count = 3_000
    const other = (n: number): string => `site-${n}`
    // Every other one is near, the first measured long ago.
    const rttMs = (n: number): number => (n % 10 === 0 ? 1 + n / count : 50 + n / count)
    for (let n = 0; n < count; n++) {
      mesh.record(n % 2 === 0 ? 'hub' : other(n), n % 2 === 0 ? other(n) : 'hub', rttMs(n), clock.now())
      clock.pass(1_000)
      let size = 0
      if (n % 100 === 0) mesh.each('hub', () => size++)
      expect(size).to.be.at.most(512)
    }
    const kept = new Map<string, number>()
    mesh.each('hub', (site, ms) => kept.set(site, ms))
    for (let n = 0; n < 1_900; n += 10) expect(kept.has(other(n)), `near ${n}`).to.equal(true)
    for (let n = count - 100; n < count; n++) expect(kept.has(other(n)), `new ${n}`).to.equal(true)
    for (let n = 0; n < count; n++) {
      const known = kept.get(other(n)) ?? null
      expect(mesh.rttMs('hub', other(n))).to.equal(known)
      expect(mesh.rttMs(other(n), 'hub')).to.equal(known)
      if (known !== null) expect(known).to.equal(rttMs(n))
    }
    clock.pass(7 * hour)
    mesh.each('hub', (site) => expect.fail(`${site} is of yesterday`))
  })

  it("leaves a remote site its nearest, though it is nobody's", () => {
    const clock = createManualClock()
    const mesh = createMesh(clock)
    const far = Array.from({ length: 700 }, (_, n) => `far-${n}`)
    for (const [n, site] of far.entries()) mesh.record('island', site, 300 + n / 10, clock.now())
    const least = (): number | null => mesh.rttMs('island', 'far-0')
    for (let n = 0; n < 700; n++) {
      clock.pass(1_000)
      mesh.record('far-0', `near-${n}`, 5 + n / 100, clock.now())
    }
    for (let n = 0; n < 700; n++) {
      clock.pass(1_000)
      mesh.record('far-0', `next-${n}`, 30, clock.now())
    }
    expect(least()).to.equal(300)
  })

  it('guesses unmeasured pairs by distance, never below light in fibre', () => {
    const sites = [
      { id: 'berlin', lat: 52.5, lon: 13.4 },
      { id: 'nowhere', lat: null, lon: null },
      { id: 'paris', lat: 48.9, lon: 2.35 },
    ]
    const table = meshTable(sites, createMesh(createManualClock()))
    const row = [...table.row(0)]
    expect(row[0]).to.equal(0)
    expect(row[1]).to.be.greaterThan(100)
    expect(row[2]).to.be.within(878 / 100, 40)
  })
})

describe('anchors', () => {
  const line = (positions: readonly number[]) => {
    const mesh = createMesh(createManualClock())
    for (const [a, x] of positions.entries())
      for (const [b, y] of positions.entries())
        if (a < b) mesh.record(`${a}`, `${b}`, Math.abs(x - y), 1_000_000)
    return meshTable(
      positions.map((_, index) => ({ id: String(index), lat: null, lon: null })),
      mesh,
    )
  }

  it('begin in the middle and go to the ends', () => {
    expect(anchorsOf(line([0, 50, 55, 100, 180]), [0, 1, 2, 3, 4], 3)).to.deep.equal([2, 4, 0])
  })

  it('leave no site farther from one than twice what is possible', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 3, maxLength: 9 }),
        fc.integer({ min: 1, max: 3 }),
        (positions, count) => {
          const table = line(positions)
          const all = [...positions.keys()]
          const radius = (centres: readonly number[]): number =>
            Math.max(...all.map((site) => Math.min(...centres.map((centre) => table.row(centre)[site] ?? 0))))
          const picked = anchorsOf(table, all, count)
          expect(new Set(picked).size).to.equal(Math.min(count, positions.length))
          const best = Math.min(...subsets(all, Math.min(count, positions.length)).map(radius))
          expect(radius(picked)).to.be.at.most(2 * best + 1e-6)
        },
      ),
      { numRuns: 60 },
    )
  })
})

function subsets(values: readonly number[], size: number): readonly (readonly number[])[] {
  if (size === 0) return [[]]
  return values.flatMap((value, index) =>
    subsets(values.slice(index + 1), size - 1).map((rest) => [value, ...rest]),
  )
}
