import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { SettingsError } from '../../../config/settings/parse.ts'
import { openMmdbPrior } from '../../../server/placement/mmdbPrior.ts'
import { openPrior } from '../../../server/placement/openPrior.ts'
import type { Place, Prior } from '../../../server/placement/prior.ts'
import { makeMmdb } from '../support/mmdb.ts'
import { tempFolder } from '../support/tempFolder.ts'

const elsewhere: Place = {
  lat: 1,
  lon: 2,
  country: 'XX',
  accuracyKm: 3,
  source: 'other',
  dataDate: 'unknown',
}

describe("an operator's geo database", () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let file = ''
  before(async () => {
    folder = await tempFolder()
    file = path.join(folder.path, 'city.mmdb')
    const location = { latitude: 52.5, longitude: 13.4, accuracy_radius: 20 }
    const content = makeMmdb(
      [
        { network: '203.0.113.0/24', data: { country: { iso_code: 'DE' }, location } },
        { network: '198.51.100.0/24', data: { country: { iso_code: 'FR' } } },
      ],
      'Own-City',
      1_780_000_000,
    )
    await writeFile(file, content)
  })
  after(() => folder.remove())

  it('is asked first, and the bundled one for what it does not place', async () => {
    let closed = 0
    const asked: string[] = []
    const next: Prior = {
      async lookup(ip) {
        asked.push(ip)
        return elsewhere
      },
      async close() {
        closed += 1
      },
    }
    const prior = await openMmdbPrior(file, next)
    expect(await prior.lookup('203.0.113.9')).to.deep.equal({
      lat: 52.5,
      lon: 13.4,
      country: 'DE',
      accuracyKm: 20,
      source: 'Own-City',
      dataDate: '2026-05-28',
    })
    expect((await prior.lookup('::ffff:203.0.113.9'))?.country).to.equal('DE')
    expect(asked).to.deep.equal([])
    for (const ip of ['198.51.100.4', '8.8.8.8', '2001:4860:4860::8888'])
      expect(await prior.lookup(ip)).to.equal(elsewhere)
    expect(await prior.lookup('192.168.1.1')).to.equal(null)
    expect(asked).to.deep.equal(['198.51.100.4', '8.8.8.8', '2001:4860:4860::8888'])
    await prior.close()
    expect(closed).to.equal(1)
  })

  for (const [what, name, content] of [
    ['is missing', 'none.mmdb', null],
    ['is no database', 'text.mmdb', 'hello'],
  ] as const)
    it(`is refused by the name of its setting when it ${what}`, async () => {
      const bad = path.join(folder.path, name)
      if (content !== null) await writeFile(bad, content)
      const failure = await openPrior(bad).catch((cause: unknown) => cause)
      expect(failure).to.be.instanceOf(SettingsError)
      expect(String(failure)).to.include('NEARCADE_GEOIP_MMDB').and.include(bad)
    })
})
