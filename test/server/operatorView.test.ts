import { expect } from 'chai'
import fc from 'fast-check'
import { planCapacity } from '../../server/operator/adviceView.ts'
import { cellOf, parseCell } from '../../server/operator/cells.ts'
import { type DemandHour, demandRows, forecastsOf, pastOf } from '../../server/operator/demandView.ts'
import {
  count,
  emptyTally,
  type NetworkFacts,
  type SessionFacts,
  type SiteFacts,
} from '../../server/operator/facts.ts'
import { mapView } from '../../server/operator/mapView.ts'
import { noPrices } from '../../server/placement/pricing.ts'
import { hourOf, noPeaks, raised } from '../../server/operator/peaks.ts'

const hourMs = 3_600_000
/** Ten minutes past noon, UTC. */
const nowMs = 500_004 * hourMs + 600_000

const site = (
  id: string,
  lat: number,
  lon: number,
  seats: number,
  change: Partial<SiteFacts> = {},
): SiteFacts => ({
  id,
  name: id,
  lat,
  lon,
  region: 'Europe',
  nodes: 1,
  draining: 0,
  seats,
  seatsUsed: 0,
  seatsByClass: new Map([['720p60', seats]]),
  ...change,
})
const frankfurt = site('Frankfurt', 50.1, 8.7, 4)

const session = (change: Partial<SessionFacts> = {}): SessionFacts => ({
  region: 'Europe',
  seatClass: '720p60',
  siteId: 'Frankfurt',
  cellId: 'DE:50,9',
  rttMs: 12,
  waitingSinceMs: null,
  ...change,
})
const waiting = (sinceMs: number): SessionFacts =>
  session({ siteId: null, rttMs: null, waitingSinceMs: sinceMs })
function network(sessions: readonly SessionFacts[], sites: readonly SiteFacts[] = [frankfurt]): NetworkFacts {
  const tally = emptyTally()
  for (const one of sessions) count(tally, one)
  return { atMs: nowMs, sites, tally }
}
const rest = async (): Promise<void> => {}
async function rowsOf(facts: NetworkFacts, hours: readonly DemandHour[]) {
  const past = pastOf(hours, hourOf(facts.atMs))
  return demandRows(facts, past, await forecastsOf(past, rest))
}

describe('coarse places', () => {
  it('round to whole degrees, keep their country, and are found again by their name', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        (lat, lon) => {
          const cell = cellOf({ lat, lon, country: 'DE' })
          expect(Number.isInteger(cell.lat) && Number.isInteger(cell.lon)).to.equal(true)
          expect(parseCell(cell.id)).to.deep.equal(cell)
        },
      ),
    )
    expect(cellOf({ lat: -0.2, lon: 0.2, country: 'GH' }).id).to.equal('GH:0,0')
    expect(parseCell('203.0.113.7')).to.equal(null)
  })
})

describe('the operator’s map', () => {
  it('counts players by place and site, with the mean of the round trips that are known', () => {
    const map = mapView(
      network([
        session({ rttMs: 10 }),
        session({ rttMs: 20 }),
        session({ rttMs: null }),
        session({ cellId: null }),
      ]),
      { of: (siteId) => siteId.length },
    )
    expect(map.sites.map(({ seatPriceMs }) => seatPriceMs)).to.deep.equal(['Frankfurt'.length])
    expect(map.served).to.deep.equal([
      { placeId: 'DE:50,9', siteId: 'Frankfurt', sessions: 3, rttMs: 15 },
      { placeId: null, siteId: 'Frankfurt', sessions: 1, rttMs: 12 },
    ])
    expect(map.places).to.deep.equal([
      { placeId: 'DE:50,9', country: 'DE', lat: 50, lon: 9, sessions: 3, waiting: 0 },
    ])
  })

  it('shows each line with its longest wait', () => {
    const map = mapView(network([waiting(nowMs - 5_000), waiting(nowMs - 90_000)]), noPrices)
    expect(map.queues).to.deep.equal([{ region: 'Europe', class: '720p60', waiting: 2, longestMs: 90_000 }])
    expect(map.places[0]).to.include({ sessions: 0, waiting: 2 })
  })

  it('stays bounded however large the network is, keeps the busiest, and says what it left out', () => {
    const sites = Array.from({ length: 5_000 }, (_, n) =>
      site(`s${n}`, 0, 0, 10, { seatsUsed: n === 4_321 ? 9 : 0 }),
    )
    const sessions = Array.from({ length: 20_000 }, (_, n) =>
      session({ cellId: `DE:${n % 90},${n % 180}`, siteId: `s${n % 5_000}` }),
    )
    const map = mapView(network(sessions, sites), noPrices)
    expect([map.sites.length, map.leftOut.sites]).to.deep.equal([2_000, 3_000])
    expect(map.sites[0]?.siteId).to.equal('s4321')
    expect(map.served.length + map.leftOut.served).to.be.greaterThan(map.served.length)
    expect(JSON.stringify(map).length).to.be.lessThan(1_000_000)
  })
})

describe('peaks of an hour', () => {
  it('keep the most that was wanted at once, taken or waited for, and start anew with the hour', () => {
    const busy = raised(noPeaks(hourOf(nowMs)), network([session(), session(), waiting(nowMs)]))
    const calm = raised(busy, network([session()]))
    expect(calm.wanted.get('Europe\n720p60')).to.equal(3)
    expect(calm.places.get('DE:50,9')).to.equal(3)
    const next = raised(calm, { ...network([session()]), atMs: nowMs + hourMs })
    expect([next.hour - calm.hour, next.wanted.get('Europe\n720p60')]).to.deep.equal([1, 1])
  })
})

describe('demand against supply', () => {
  const hours = (wanted: (hour: number) => number, count = 24 * 7): DemandHour[] =>
    Array.from({ length: count }, (_, index) => {
      const hour = hourOf(nowMs) - count + index
      return [
        { hour, region: '', seatClass: '', peak: wanted(hour) },
        { hour, region: 'Europe', seatClass: '720p60', peak: wanted(hour) },
      ]
    }).flat()
  const evening = (hour: number): number => (hour % 24 >= 18 && hour % 24 < 22 ? 12 : 2)

  it('sees the evening come from the evenings before, and counts the seats that will be missing', async () => {
    const [row] = await rowsOf(network([session()]), hours(evening))
    const atEight = row?.coming.find(({ atMs }) => (atMs / hourMs) % 24 === 20)
    expect(atEight?.expected).to.be.within(10, 14)
    expect(row).to.include({ region: 'Europe', seats: 4, playing: 1, waiting: 0 })
    expect(row?.past).to.have.length(24)
    const highest = Math.max(...(row?.coming.map(({ high }) => high) ?? []))
    expect(row?.missing).to.equal(Math.max(0, Math.ceil(highest - 4)))
  })

  it('shows supply without demand and demand without supply, and forecasts nothing from nothing', async () => {
    const rows = await rowsOf(network([session({ region: 'Oceania', siteId: null })]), [])
    expect(
      rows.map(({ region, seats, playing, coming }) => [region, seats, playing, coming.length]),
    ).to.deep.equal([
      ['Europe', 4, 0, 0],
      ['Oceania', 0, 1, 0],
    ])
  })

  it('takes an hour without a record for unknown, and one with any record for counted', async () => {
    const gap = hours(() => 5).filter(({ hour }) => hour !== hourOf(nowMs) - 3)
    const [row] = await rowsOf(network([]), gap)
    expect(row?.past).to.have.length(23)
    const zero = hours(() => 5).filter(({ hour, region }) => region === '' || hour !== hourOf(nowMs) - 3)
    expect((await rowsOf(network([]), zero))[0]?.past.find(({ wanted }) => wanted === 0)).not.to.equal(
      undefined,
    )
  })
})

describe('advice on capacity', () => {
  const many = (count: number, change: Partial<SessionFacts> = {}): SessionFacts[] =>
    Array.from({ length: count }, () => session(change))

  it('asks for seats where players wait', async () => {
    const facts = network([...many(4), waiting(nowMs), waiting(nowMs), waiting(nowMs)])
    const { advice, plannedForMs } = planCapacity(await rowsOf(facts, []), facts.sites, [
      { placeId: 'DE:50,9', peak: 7 },
    ])
    expect(advice[0]).to.include({ siteId: 'Frankfurt' })
    expect(advice[0]?.savedQueueMinutesPerHour).to.be.greaterThan(0)
    expect(plannedForMs).to.equal(null)
  })

  it('asks for a site where many are far from every one', async () => {
    const big = site('Frankfurt', 50.1, 8.7, 50)
    const facts = network(many(20, { cellId: 'ZA:-26,28' }), [big])
    const { advice } = planCapacity(await rowsOf(facts, []), facts.sites, [
      { placeId: 'ZA:-26,28', peak: 20 },
    ])
    expect(advice[0]).to.include({ siteId: null, country: 'ZA', lat: -26, lon: 28 })
    expect(advice[0]?.savedRttMs).to.be.greaterThan(50)
  })

  it('asks for nothing where nobody is, or nobody knows where they are', async () => {
    const facts = network(many(3))
    expect(planCapacity(await rowsOf(facts, []), facts.sites, []).advice).to.deep.equal([])
    expect(planCapacity([], [frankfurt], [{ placeId: 'DE:50,9', peak: 3 }]).advice).to.deep.equal([])
  })
})
