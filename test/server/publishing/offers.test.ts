import { expect } from 'chai'
import fc from 'fast-check'
import { createCatalogue } from '../../../server/catalogue/catalogue.ts'
import { type OfferedTitle, offersOf } from '../../../server/catalogue/offers.ts'
import { noChannels, type TitleChannels } from '../../../server/publishing/channels.ts'
import { nodeOf } from '../support/nodes.ts'
import { titleJson } from '../support/titles.ts'

const token = 't'.repeat(32)
const title = (channels: Partial<TitleChannels>): OfferedTitle => ({
  titleId: 'quest',
  orgId: 'org',
  channels: { ...noChannels, ...channels },
  versions: new Map(
    ['1.0.0', '2.0.0', '3.0.0'].map((version) => [
      version,
      {
        manifest: { ...titleJson('quest'), version, name: `Quest ${version}` },
        treeId: `tree of ${version}`,
        sizeBytes: 5,
      },
    ]),
  ),
})
const canary = { version: '2.0.0', percent: 20, sinceMs: 1 }

describe('what publishers offer', () => {
  it('is what is live, for everybody and beside the titles that the router came with', () => {
    const catalogue = createCatalogue([{ manifest: titleJson('game'), coverFile: null }])
    catalogue.publish(offersOf([title({ live: '1.0.0', staging: { version: '3.0.0', testToken: token } })]))
    expect(catalogue.cards([]).map(({ id }) => id)).to.deep.equal(['game', 'quest'])
    expect(catalogue.find('quest')?.version).equals('1.0.0')
    expect(catalogue.offer('quest', 'anybody')?.build).to.deep.equal({ version: '1.0.0', channel: 'live' })
    expect(catalogue.offer('game', 'anybody')).to.deep.equal({ manifest: titleJson('game') })
    expect(catalogue.card('quest', [])?.coverUrl).equals('/media/quest/cover.png?v=1.0.0')
  })

  it('is what is staged for whoever has the link, and for nobody else', () => {
    const catalogue = createCatalogue([])
    catalogue.publish(offersOf([title({ staging: { version: '3.0.0', testToken: token } })]))
    expect(catalogue.find('quest')).equals(null)
    expect(catalogue.offer('quest', 'anybody')).equals(null)
    expect(catalogue.cards([])).to.deep.equal([])
    expect(catalogue.staged(token)?.build).to.deep.equal({ version: '3.0.0', channel: 'staging' })
    expect(catalogue.stagedCard(token, [])?.name).equals('Quest 3.0.0')
    expect(catalogue.staged('x'.repeat(32))).equals(null)
  })

  it('is nothing once it is withdrawn, by link neither, and its sessions still have their title', () => {
    const catalogue = createCatalogue([])
    const channels = { live: '1.0.0', staging: { version: '3.0.0', testToken: token }, canary }
    catalogue.publish(offersOf([title({ ...channels, withdrawn: true })]))
    expect([catalogue.find('quest'), catalogue.offer('quest', 'p'), catalogue.staged(token)]).to.deep.equal([
      null,
      null,
      null,
    ])
    expect(catalogue.isWithdrawn('quest')).equals(true)
    const played = { titleId: 'quest', build: { version: '1.0.0', channel: 'live' } } as const
    expect(catalogue.of(played)?.name).equals('Quest 1.0.0')
  })

  it('keeps a session its version while another one comes, even one that is just beginning', () => {
    const catalogue = createCatalogue([])
    catalogue.publish(offersOf([title({ live: '1.0.0' })]))
    catalogue.publish(offersOf([{ ...title({ live: '2.0.0' }), versions: new Map() }]))
    const played = { titleId: 'quest', build: { version: '1.0.0', channel: 'live' } } as const
    expect(catalogue.of(played)?.version).equals('1.0.0')
  })

  it('keeps it a version that it was just given, however much is published meanwhile', () => {
    const catalogue = createCatalogue([])
    catalogue.publish(offersOf([title({ live: '1.0.0' })]))
    const { build } = catalogue.offer('quest', 'anybody') ?? {}
    for (const live of ['2.0.0', '3.0.0'])
      catalogue.publish(offersOf([{ ...title({ live }), versions: new Map() }]))
    if (build === undefined) throw new Error('nothing was offered')
    expect(catalogue.of({ titleId: 'quest', build })?.version).equals('1.0.0')
  })

  it('is available where that very version is installed', () => {
    const catalogue = createCatalogue([])
    catalogue.publish(offersOf([title({ live: '2.0.0' })]))
    const nodes = (version: string) => [nodeOf('n', { titles: [{ id: 'quest', version }] })]
    expect(catalogue.card('quest', nodes('1.0.0'))?.available).equals(false)
    expect(catalogue.card('quest', nodes('2.0.0'))?.available).equals(true)
  })

  it('is tried on the same players each time, and on about the share of them that was asked for', () => {
    const offers = offersOf([title({ live: '1.0.0', canary })])
    fc.assert(
      fc.property(fc.uuid(), (player) => {
        const offer = offers.offer('quest', player)
        expect(offer).to.deep.equal(offers.offer('quest', player))
        expect(offer?.build?.version).to.be.oneOf(['1.0.0', '2.0.0'])
      }),
    )
    const players = Array.from({ length: 5000 }, (_, index) => `player-${index}`)
    const trying = players.filter(
      (player) => offers.offer('quest', player)?.build?.channel === 'canary',
    ).length
    // Five standard deviations of a binomial share.
    expect(trying / players.length).to.be.closeTo(0.2, 5 * Math.sqrt((0.2 * 0.8) / players.length))
  })
})
