import { expect } from 'chai'
import { parseStartOptions } from '../../server/local/options.mjs'
import { splitEnvironment } from '../../server/local/programEnv.mjs'
import { SetUpError } from '../../server/local/setUpError.mjs'
import { parseTestArgs } from '../tally.mjs'
import { parseBenchArgs } from '../bench/options.ts'

describe('options of npm start', () => {
  it('come from the command line, then the environment, then defaults', () => {
    expect(parseStartOptions([], {})).to.deep.equal({ help: false, host: '127.0.0.1', port: 8080 })
    const env = { NEARCADE_PORT: '9000', NEARCADE_HOST: '0.0.0.0' }
    expect(parseStartOptions([], env)).to.deep.equal({ help: false, host: '0.0.0.0', port: 9000 })
    expect(parseStartOptions(['--port', '9001', '--host=::1'], env)).to.deep.equal({
      help: false,
      host: '::1',
      port: 9001,
    })
    expect(parseStartOptions(['--help'], {}).help).to.equal(true)
  })

  it('that do not exist are named, together with those that do', () => {
    expect(() => parseStartOptions(['--prot', '1'], {})).to.throw(
      SetUpError,
      /--prot.*--port, --host and --help/,
    )
    expect(() => parseStartOptions(['8081'], {})).to.throw(SetUpError, /8081/)
    expect(() => parseStartOptions(['--port'], {})).to.throw(SetUpError, /--port/)
  })

  it('refuse what is not a port, wherever it came from', () => {
    for (const port of ['', 'http', '-1', '65536', '80.5', '8e3'])
      expect(() => parseStartOptions([`--port=${port}`], {}), port).to.throw(SetUpError, /--port/)
    expect(() => parseStartOptions([], { NEARCADE_PORT: 'x' })).to.throw(SetUpError, /NEARCADE_PORT/)
  })
})

describe('settings of several programs in one environment', () => {
  it('go to the programs that know them', () => {
    const env = { PATH: '/bin', NEARCADE_PORT: '1', NEARCADE_SEATS: '2', NEARCADE_DATA: 'd' }
    expect(
      splitEnvironment(env, [
        ['PORT', 'DATA'],
        ['SEATS', 'DATA'],
      ]),
    ).to.deep.equal([
      { PATH: '/bin', NEARCADE_PORT: '1', NEARCADE_DATA: 'd' },
      { PATH: '/bin', NEARCADE_SEATS: '2', NEARCADE_DATA: 'd' },
    ])
  })

  it('that nobody knows are refused, all at once', () => {
    expect(() => splitEnvironment({ NEARCADE_PROT: '1', NEARCADE_SEAT: '2' }, [['PORT']])).to.throw(
      SetUpError,
      /NEARCADE_PROT, NEARCADE_SEAT.*NEARCADE_PORT/,
    )
  })
})

describe('options of npm test', () => {
  const exists = (name: string) => name === 'test/config'

  it('run everything, checks too, when there are none', () => {
    expect(parseTestArgs([], exists)).to.deep.equal({
      coverage: false,
      focused: false,
      mocha: ['test/**/*.test.ts'],
    })
    expect(parseTestArgs(['--coverage'], exists)).to.include({ coverage: true, focused: false })
  })

  it('are handed on, with every test file unless files are named', () => {
    expect(parseTestArgs(['--grep', 'x'], exists).mocha).to.deep.equal(['--grep', 'x', 'test/**/*.test.ts'])
    expect(parseTestArgs(['test/config'], exists).mocha).to.deep.equal(['test/config'])
    expect(parseTestArgs(['test/a.test.ts'], exists)).to.deep.include({
      focused: true,
      mocha: ['test/a.test.ts'],
    })
  })
})

describe('options of a benchmark', () => {
  it('name the file of figures, and the rest is for the benchmark', () => {
    expect(parseBenchArgs(['--', '--json', 'out.json', '--rounds=2', '--quick'])).to.deep.equal({
      json: 'out.json',
      options: { rounds: '2', quick: 'true' },
    })
    expect(parseBenchArgs([])).to.deep.equal({ json: null, options: {} })
  })

  it('refuse what is not one', () => {
    expect(() => parseBenchArgs(['fast'])).to.throw("'fast'")
    expect(() => parseBenchArgs(['--json'])).to.throw('--json')
  })
})
