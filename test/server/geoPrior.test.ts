import { expect } from 'chai'
import { createGeoPrior } from '../../server/placement/geoPrior.ts'

describe('the geographic prior', () => {
  it('knows roughly where a public address is, says from what, and nothing of a private one', async function () {
    this.timeout(30_000)
    const prior = createGeoPrior()
    expect(await prior.lookup('192.168.1.1')).to.equal(null)
    expect(await prior.lookup('not an address')).to.equal(null)
    const place = (await prior.lookup('::ffff:8.8.8.8')) ?? (await prior.lookup('8.8.8.8'))
    expect(place).to.include({ country: 'US', source: 'geoip-lite' })
    expect(place?.lat).to.be.within(24, 50)
    expect(place?.lon).to.be.within(-125, -66)
    expect(place?.accuracyKm).to.be.greaterThan(0)
    expect(place?.dataDate).to.match(/^geoip-lite \d/)
    await prior.close()
  })
})
