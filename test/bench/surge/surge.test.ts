import { expect } from 'chai'
import type { MeshFile } from '../routing/meshFile.ts'
import { optimum } from './optimum.ts'
import { ours } from './ours.ts'
import { convexLoad, flow, greedy, noLoad } from './policies.ts'
import { simulate } from './simulate.ts'
import { makeWorld } from './world.ts'

/** Hosts on a line, a millisecond per degree, 3 ms for the way in. */
function lineMesh(hosts: number): MeshFile {
  const sites = Array.from({ length: hosts }, (_, index) => ({
    name: `h${index}`,
    lat: 0,
    lon: index * 5 - 40,
  }))
  const min = sites.map((a, row) =>
    sites.map((b, column) => (row === column ? null : 3 + Math.abs(a.lon - b.lon))),
  )
  return { unit: 'ms', sites, clients: sites, siteToSite: { min }, clientToSite: { min } }
}

describe('the simulation of a full network', () => {
  const world = makeWorld(lineMesh(15), {
    seed: 7,
    fill: 0.8,
    seatsPerSite: 40,
    unevenness: 0.5,
    peak: 0.6,
    hours: 6,
  })
  const nearest = simulate(world, greedy(noLoad))

  it('holds the fill', () => {
    const seats = world.seats.reduce((sum, count) => sum + count, 0)
    const live = nearest.samples.map((sample) => sample.reduce((sum, count) => sum + count, 0))
    expect(live.reduce((sum, count) => sum + count, 0) / live.length / seats).to.be.closeTo(0.8, 0.05)
  })

  it('gives the same worlds and figures for the same seed', () => {
    expect(simulate(world, greedy(noLoad)).figures).to.deep.equal(nearest.figures)
  })

  it('never does better than the optimum, and lets every policy serve the same players', () => {
    const least = optimum(world, nearest.samples)
    for (const policy of [greedy(convexLoad), flow(world, 2000), ours(world)]) {
      const { figures } = simulate(world, policy)
      expect(figures.excessMeanMs).to.be.above(least.excessMeanMs * 0.98)
      expect(figures.turnedAwayPercent).to.equal(0)
    }
    expect(least.excessMeanMs).to.be.below(nearest.figures.excessMeanMs)
  })
})
