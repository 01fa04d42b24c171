import { expect } from 'chai'
import {
  extensionIds,
  extensionsFor,
  PLAYOUT_DELAY,
  TRANSPORT_WIDE,
} from '../../../edge/peer/headerExtensions.ts'
import { createLiveness } from '../../../edge/peer/liveness.ts'
import { RtpStream } from '../../../edge/peer/rtpStream.ts'
import { senderReport } from '../../../edge/peer/senderReport.ts'

const payload = Buffer.from('some payload')

describe('RTP stream', () => {
  it('numbers packets one by one, around 65535', () => {
    const stream = new RtpStream(7, 1000)
    const numbers = Array.from({ length: 70_000 }, () => stream.next(payload, 0, false, 0).sequenceNumber)
    expect(
      numbers.every((number, nth) => nth === 0 || number === (((numbers[nth - 1] ?? 0) + 1) & 0xffff)),
    ).to.equal(true)
    expect(stream).to.include({ packets: 70_000, octets: 70_000 * payload.length })
  })

  it('sends a lost packet again, once a round trip, while it can still be of use', () => {
    const stream = new RtpStream(7, 1000)
    const packet = stream.next(payload, 90, true, 100)
    expect(stream.resend(packet.sequenceNumber, 150, 10)).to.equal(packet)
    expect(stream.resend(packet.sequenceNumber, 155, 10), 'asked twice').to.equal(null)
    expect(stream.resend(packet.sequenceNumber, 165, 10)).to.equal(packet)
    expect(stream.resend(packet.sequenceNumber, 1101, 10), 'too old').to.equal(null)
    expect(stream.resend((packet.sequenceNumber + 1) & 0xffff, 165, 10), 'never sent').to.equal(null)
  })

  it('does not mistake a new packet for the one whose slot it took', () => {
    const stream = new RtpStream(7, 1000)
    const first = stream.next(payload, 0, false, 0)
    for (let nth = 0; nth < 2048; nth++) stream.next(payload, 0, false, 0)
    expect(stream.resend(first.sequenceNumber, 1, 0)).to.equal(null)
  })
})

describe('header extensions', () => {
  const ids = extensionIds([
    { id: 3, uri: TRANSPORT_WIDE },
    { id: 5, uri: PLAYOUT_DELAY },
    { id: 9, uri: 'urn:other' },
  ])

  it('ask for no playout delay on a frame’s first packet', () => {
    expect(extensionsFor(ids, 0x1_0203, true)).to.deep.equal([
      { id: 3, payload: Buffer.from([2, 3]) },
      { id: 5, payload: Buffer.from([0, 0, 0]) },
    ])
    expect(extensionsFor(ids, 1, false).map(({ id }) => id)).to.deep.equal([3])
  })

  it('are left out where the browser did not offer them', () => {
    expect(extensionsFor(extensionIds([]), 1, true)).to.deep.equal([])
  })
})

describe('sender report', () => {
  it('ties the stream’s clock to the wall clock', () => {
    const [report] = senderReport({ ssrc: 7, packets: 3, octets: 36 }, 2 ** 32 + 5, 'name')
    const { ntpTimestamp, rtpTimestamp, packetCount, octetCount } = report.senderInfo
    expect({ rtpTimestamp, packetCount, octetCount }).to.deep.equal({
      rtpTimestamp: 5,
      packetCount: 3,
      octetCount: 36,
    })
    const unixSeconds = Number(ntpTimestamp >> 32n) - 2_208_988_800
    expect(unixSeconds).closeTo(Date.now() / 1000, 2)
  })
})

describe('liveness', () => {
  const liveness = createLiveness({ silentMs: 4000, lostMs: 20_000 }, 1000)

  it('is silent after four seconds without a packet, alive again with one, and lost after twenty', () => {
    expect(liveness.check(4999)).to.equal('alive')
    expect(liveness.check(5000)).to.equal('silent')
    liveness.heard(6000)
    expect(liveness.check(9999)).to.equal('alive')
    expect(liveness.check(25_999)).to.equal('silent')
    expect(liveness.check(26_000)).to.equal('lost')
  })
})
