import path from 'node:path'
import { expect } from 'chai'
import { readErrorModel, readMesh } from './meshFile.ts'
import { nearest } from './nearest.ts'
import { claimedAccuraciesKm, placeOf } from './players.ts'
import { ours } from './product.ts'
import { seeded } from './random.ts'
import { splitOf } from './split.ts'
import { regretMs, worldOf } from './world.ts'

const data = path.join(import.meta.dirname, '../../data')
const splits = [1, 2, 3]

describe('routing on a real mesh', () => {
  it('costs players with wrong places less than half of what probing the 16 nearest sites does, with 16 probes at most', async function () {
    this.timeout(120_000)
    const mesh = await readMesh(path.join(data, 'rtt-mesh/rtt-mesh.json'))
    const errorsKm = await readErrorModel(
      path.join(data, 'geoip-error/geoip_err_quantiles.json#geoiplite_1_4_10_vs_geolite2_202606_km'),
    )
    let [oursMs, nearestMs] = [0, 0]
    for (const seed of splits) {
      const random = seeded(seed)
      const world = worldOf(mesh, splitOf(mesh, random))
      for (const client of world.split.clients) {
        const host = mesh.clients[client]
        if (host === undefined) continue
        const place = placeOf(host, errorsKm, claimedAccuraciesKm, random)
        const luck = Math.floor(random() * 2 ** 32)
        const choice = ours(world, client, place, seeded(luck))
        expect(choice.probes).to.be.at.most(16)
        oursMs += regretMs(world, client, choice)
        nearestMs += regretMs(world, client, nearest(world, client, place, 16, seeded(luck)))
      }
    }
    expect(oursMs, `of ${nearestMs} ms`).to.be.lessThan(nearestMs / 2)
  })
})
