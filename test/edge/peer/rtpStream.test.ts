import { expect } from 'chai'
import { RtpHeader } from 'werift'
import {
  extensionIds,
  extensionUris,
  noExtras,
  ntpOf,
  type PacketExtras,
} from '../../../edge/peer/headerExtensions.ts'
import { createLiveness } from '../../../edge/peer/liveness.ts'
import { RtpStream } from '../../../edge/peer/rtpStream.ts'
import { senderReport } from '../../../edge/peer/senderReport.ts'
import { headerBytes, WireHeader } from '../../../edge/peer/wireHeader.ts'

const payload = Buffer.from('some payload')
const fields = { payload, payloadType: 96, timestamp: 90, marker: false, extras: noExtras }

describe('RTP stream', () => {
  it('numbers packets one by one, around 65535', () => {
    const stream = new RtpStream(7)
    const numbers = Array.from({ length: 70_000 }, () => stream.next(fields).sequenceNumber)
    expect(
      numbers.every((number, nth) => nth === 0 || number === (((numbers[nth - 1] ?? 0) + 1) & 0xffff)),
    ).to.equal(true)
    expect(stream).to.include({ packets: 70_000, octets: 70_000 * payload.length })
  })
})

describe('header extensions', () => {
  const ids = extensionIds([
    { id: 2, uri: extensionUris.absSendTime },
    { id: 3, uri: extensionUris.transportWide },
    { id: 5, uri: extensionUris.playoutDelay },
    { id: 9, uri: extensionUris.mid },
    { id: 13, uri: extensionUris.absCaptureTime },
    { id: 1, uri: 'urn:other' },
  ])
  const extras: PacketExtras = { playoutDelay: { minMs: 20, maxMs: 150 }, capturedAtMs: 1500.5, mid: '1' }
  const packet = {
    ssrc: 7,
    payloadType: 96,
    sequenceNumber: 0xfffe,
    timestamp: 2 ** 32 - 1,
    marker: true,
    extras,
  }
  const read = (header: WireHeader) => {
    const wire = RtpHeader.deSerialize(Buffer.from(header.serialize(header.serializeSize)))
    return { wire, values: new Map(wire.extensions.map(({ id, payload }) => [id, payload.toString('hex')])) }
  }

  it('are read by another implementation as they were meant', () => {
    const header = new WireHeader().describe(packet, ids, { transportSequence: 0x1_0203, wallMs: 64_250 })
    const { wire, values } = read(header)
    expect(wire).to.include({
      ssrc: 7,
      payloadType: 96,
      sequenceNumber: 0xfffe,
      marker: true,
      padding: false,
    })
    expect(wire.timestamp).to.equal(2 ** 32 - 1)
    expect(Object.fromEntries(values)).to.deep.equal({
      2: '010000', // 0.25 s of 64, in 2^-18 s
      3: '0203',
      5: '00200f', // 2 and 15 times 10 ms
      9: '31',
      13: ntpOf(1500.5).toString(16).padStart(16, '0'),
    })
  })

  it('take as many bytes as was said before', () => {
    for (const given of [extras, noExtras, { ...noExtras, mid: 'long' }]) {
      const header = new WireHeader().describe({ ...packet, extras: given }, ids, null)
      expect(header.serializeSize).to.equal(headerBytes(ids, given))
      expect(read(header).wire.payloadOffset).to.equal(header.serializeSize)
    }
  })

  it('leave nothing of the packet before', () => {
    const header = new WireHeader()
    header.describe(packet, ids, { transportSequence: 1, wallMs: 1 }, true)
    const { wire } = read(
      header.describe({ ...packet, marker: false, extras: noExtras }, extensionIds([]), null),
    )
    expect(wire.extensions).to.deep.equal([])
    expect(wire).to.include({ marker: false, padding: false, payloadOffset: 12 })
  })

  it('before sending have zeros for what is known only then', () => {
    const { values } = read(new WireHeader().describe(packet, ids, null))
    expect([values.get(2), values.get(3), values.get(5)]).to.deep.equal(['000000', '0000', '00200f'])
  })
})

describe('sender report', () => {
  it('ties the stream’s clock to the wall clock', () => {
    const at = { wallMs: 1500, rtpTimestamp: 2 ** 32 + 5 }
    const [report] = senderReport({ ssrc: 7, packets: 3, octets: 36 }, at, 'name')
    const { ntpTimestamp, rtpTimestamp, packetCount, octetCount } = report.senderInfo
    expect({ rtpTimestamp, packetCount, octetCount }).to.deep.equal({
      rtpTimestamp: 5,
      packetCount: 3,
      octetCount: 36,
    })
    expect(Number(ntpTimestamp >> 32n) - 2_208_988_800).to.equal(1)
    expect(Number(ntpTimestamp & 0xffffffffn)).to.equal(2 ** 31)
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
