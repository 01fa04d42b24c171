import { expect } from 'chai'
import fc from 'fast-check'
import { GenericNack, RtcpTransportLayerFeedback } from 'werift'
import { referenceReply, withReferenceTimes } from '../../../edge/peer/referenceReply.ts'
import { readRtcp } from '../../../edge/peer/rtcpIn.ts'

/** RFC 3550 section 6.4.1 without its words: a packet of this type and format around a body of whole words. */
function packet(type: number, format: number, body: Buffer): Buffer {
  const head = Buffer.from([0x80 | format, type, 0, 0])
  head.writeUInt16BE(body.length / 4, 2)
  return Buffer.concat([head, body])
}
/** Says that its last word is padding. */
const padded = (bytes: Buffer) => Buffer.concat([Buffer.from([(bytes[0] ?? 0) | 0x20]), bytes.subarray(1)])
const words = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, nth) => bytes.writeUInt32BE(value, nth * 4))
  return bytes
}

describe('what a browser reports', () => {
  it('is read message by message, in one compound packet', () => {
    const compound = Buffer.concat([
      packet(201, 2, words(1, 77, 0, 0, 0, 5, 6, 78, 0, 0, 0, 0, 0)),
      packet(205, 1, words(1, 77, 0xfffe_0003)),
      padded(packet(205, 1, words(1, 77, 0x0005_0000, 4))),
      packet(206, 1, words(1, 77)),
      packet(206, 15, words(1, 77)),
      packet(206, 4, words(1, 0, 77, 0)),
      packet(207, 0, words(9, 0x04000002, 0xaaaa1234, 0x5678bbbb)),
      packet(204, 0, words(1)),
    ])
    expect(readRtcp(compound)).to.deep.equal([
      { kind: 'received', ssrc: 77, times: { lastReport: 5, delay: 6 } },
      { kind: 'received', ssrc: 78, times: { lastReport: 0, delay: 0 } },
      { kind: 'nack', ssrc: 77, lost: [0xfffe, 0xffff, 0] },
      { kind: 'nack', ssrc: 77, lost: [5] },
      { kind: 'keyframe' },
      { kind: 'keyframe' },
      { kind: 'reference', ssrc: 9, middle: 0x12345678 },
    ])
  })

  it('names the lost packets as another implementation wrote them', () => {
    const lost = [5, 6, 9, 21, 22, 400, 65_535]
    const feedback = new GenericNack({ senderSsrc: 1, mediaSourceSsrc: 7, lost })
    const [message] = readRtcp(new RtcpTransportLayerFeedback({ feedback }).serialize())
    expect(message).to.deep.equal({ kind: 'nack', ssrc: 7, lost })
  })

  it('says of each packet whether and when it came, in every coding', () => {
    const body = Buffer.concat([
      words(1, 7),
      Buffer.from('fff0' + '0018' + '0001f4' + '05', 'hex'), // base, 24 packets, 500 ticks of 64 ms
      Buffer.from('2003', 'hex'), // a run of 3 small deltas
      Buffer.from('a800', 'hex'), // 14 of one bit: 1 0 1 0 ...
      Buffer.from('d900', 'hex'), // 7 of two bits: small, large, small, none ...
      Buffer.from('040800' + '0408' + '04' + 'fffc' + '04', 'hex'),
      Buffer.alloc(3),
    ])
    const [message] = readRtcp(packet(205, 15, body))
    if (message?.kind !== 'transport') throw new Error('not read')
    const { baseSequence, referenceTicks, arrivalsMs } = message.feedback
    expect({ baseSequence, referenceTicks }).to.deep.equal({ baseSequence: 0xfff0, referenceTicks: 500 })
    expect(arrivalsMs.length).to.equal(24)
    expect(arrivalsMs.slice(0, 7)).to.deep.equal([1, 3, 3, 4, null, 6, null])
    expect(arrivalsMs.slice(17, 21)).to.deep.equal([7, 6, 7, null])
    expect(arrivalsMs.slice(7, 17).every((at) => at === null)).to.equal(true)
  })

  it('is left out where it is cut off, whatever the bytes', () => {
    const whole = Buffer.concat([
      packet(206, 1, words(1, 77)),
      packet(205, 15, words(1, 7, 0xfff0_00ff, 0x0001_f405, 0x20ff_0000)),
    ])
    expect(readRtcp(whole)).to.deep.equal([{ kind: 'keyframe' }])
    expect(readRtcp(whole.subarray(0, 14))).to.deep.equal([{ kind: 'keyframe' }])
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readRtcp(Buffer.from(bytes))))
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 207 }),
        fc.integer({ min: 0, max: 31 }),
        fc.uint8Array({ maxLength: 64 }),
        (type, format, body) => {
          readRtcp(packet(type, format, Buffer.from(body.subarray(0, body.length & ~3))))
        },
      ),
    )
  })
})

describe('a browser’s reference time', () => {
  it('is answered with where it was, for the browser to reckon the round trip', () => {
    const reply = referenceReply(7, { ssrc: 9, middle: 0x12345678 })
    expect(reply.toString('hex')).to.equal(
      ['80cf0005', '00000007', '05000003', '00000009', '12345678', '00000000'].join(''),
    )
  })

  it('is asked for only where the browser offers it', () => {
    const answer = 'm=audio 9\r\na=rtcp-mux\r\nm=video 9\r\na=rtcp-mux\r\n'
    expect(withReferenceTimes('a=rtcp-xr:rcvr-rtt=all\r\n', answer)).to.equal(
      'm=audio 9\r\na=rtcp-xr:rcvr-rtt=all\r\na=rtcp-mux\r\nm=video 9\r\na=rtcp-xr:rcvr-rtt=all\r\na=rtcp-mux\r\n',
    )
    expect(withReferenceTimes('a=rtcp-mux\r\n', answer)).to.equal(answer)
  })
})
