import { expect } from 'chai'
import { parseEdgeSettings } from '../../config/settings/edge.ts'
import { SettingsError } from '../../config/settings/parse.ts'
import { parseRouterSettings } from '../../config/settings/router.ts'
import { defaultStrategies } from '../../config/settings/strategies.ts'

const faultsOf = (parse: () => unknown): readonly string[] => {
  try {
    parse()
  } catch (error) {
    if (error instanceof SettingsError) return error.faults
    throw error
  }
  return []
}

describe('settings', () => {
  it('have working defaults for one machine', () => {
    expect(parseRouterSettings({})).to.include({ port: 8080, host: '127.0.0.1', graceMs: 90_000 })
    expect(parseEdgeSettings({})).to.deep.include({ seats: 0, advertise: ['127.0.0.1'], udpPorts: null })
  })

  it('take a file below the environment', () => {
    const file = { port: 9000, graceMs: 5 }
    expect(parseRouterSettings({ NEARCADE_PORT: '9001' }, file)).to.include({ port: 9001, graceMs: 5 })
  })

  it('refuse unknown keys and bad values, all at once', () => {
    const faults = faultsOf(() =>
      parseEdgeSettings({ NEARCADE_TYPO: 'x', NEARCADE_SEATS: '-1', NEARCADE_UDP_PORTS: '9-3' }, { nope: 1 }),
    )
    expect(faults).to.have.length(4)
    expect(faults.join('\n')).to.match(/nope.*NEARCADE_TYPO.*NEARCADE_SEATS.*NEARCADE_UDP_PORTS/s)
  })

  it('switch off single stages of the way to the browser, and no stage that there is not', () => {
    expect(parseEdgeSettings({ NEARCADE_STRATEGIES: 'fec=none, pacer=none' }).strategies).to.deep.equal({
      ...defaultStrategies,
      fec: 'none',
      pacer: 'none',
    })
    expect(faultsOf(() => parseEdgeSettings({ NEARCADE_STRATEGIES: 'fec=all' }))[0]).to.match(/pacer=none/)
  })

  it('leave other programs’ variables alone', () => {
    expect(faultsOf(() => parseRouterSettings({ PATH: '/bin', HOME: '/' }))).to.deep.equal([])
  })

  it('refuse a file that is not an object', () => {
    expect(faultsOf(() => parseRouterSettings({}, ['x']))[0]).to.match(/JSON object/)
  })
})
