import { expect } from 'chai'
import { announcedAddresses, hostCandidates, listenAddresses } from '../../../edge/ice/hostCandidates.ts'
import { createSharedPort } from '../../../edge/ice/sharedPort.ts'
import { NoFreePort } from '../../../edge/ice/boundPort.ts'
import { openUdpPort, type UdpPort } from '../../../edge/ice/udpPort.ts'

const addresses = () => ['127.0.0.1', '::1']
const range = { from: 47_310, to: 47_312 }

describe('the UDP port of a session', () => {
  const opened: AsyncDisposable[] = []
  const open = async (): Promise<UdpPort> => {
    const port = await openUdpPort({ range, addresses })
    opened.push(port)
    return port
  }
  afterEach(async () => {
    for (const port of opened.splice(0)) await port[Symbol.asyncDispose]()
  })

  it('is its own, however narrow the range and however many ask at once', async () => {
    const ports = await Promise.all([open(), open(), open()])
    expect(ports.map(({ port }) => port).toSorted((a, b) => a - b)).to.deep.equal([47_310, 47_311, 47_312])
  })

  it('says what to change when the range is used up, and is there for whoever asks after one became free', async () => {
    const [first] = await Promise.all([open(), open(), open()])
    const shared = createSharedPort({ range, addresses })
    opened.push(shared)
    const failed = await shared.get().catch((error: unknown) => error)
    expect(failed).to.be.instanceOf(NoFreePort)
    expect(String(failed)).to.match(/47310-47312.*NEARCADE_UDP_PORTS.*each seat/)
    await first?.[Symbol.asyncDispose]()
    expect((await shared.get()).port).to.equal(first?.port)
  })

  it('stays the same for every browser of a session', async () => {
    const shared = createSharedPort({ range: null, addresses })
    opened.push(shared)
    expect(await shared.get()).to.equal(await shared.get())
  })

  it('listens where it can, and passes over addresses that are not this machine’s', async () => {
    const port = await openUdpPort({ range, addresses: () => ['203.0.113.7', '127.0.0.1'] })
    opened.push(port)
    expect(await port.refresh()).to.deep.equal({ ipv4: true, ipv6: false })
  })
})

describe('the addresses that browsers are told', () => {
  const interfaces = ['10.0.0.5', '2001:db8::5']
  const nat = { advertise: ['203.0.113.7'], own: false, ipv6: true }

  it('are the operator’s, then the interfaces’, then loopback', () => {
    expect(announcedAddresses({ ...nat, own: true }, interfaces)).to.deep.equal([
      '203.0.113.7',
      '10.0.0.5',
      '2001:db8::5',
      '127.0.0.1',
      '::1',
    ])
  })

  it('are the public ones alone behind a 1:1 NAT, while it listens on its own', () => {
    expect(announcedAddresses(nat, interfaces)).to.deep.equal(['203.0.113.7', '127.0.0.1', '::1'])
    expect(listenAddresses(nat)).to.include.members(['127.0.0.1', '203.0.113.7'])
  })

  it('leave IPv6 out where it is switched off', () => {
    expect(
      announcedAddresses({ advertise: ['2001:db8::1'], own: true, ipv6: false }, interfaces),
    ).to.deep.equal(['10.0.0.5', '127.0.0.1'])
  })

  it('are wanted in that order (RFC 8445 5.1.2.1)', () => {
    expect(hostCandidates(['203.0.113.7', '::1'], 4000)).to.deep.equal([
      'a=candidate:1 1 udp 2130706431 203.0.113.7 4000 typ host',
      'a=candidate:2 1 udp 2130706175 ::1 4000 typ host',
    ])
  })
})
