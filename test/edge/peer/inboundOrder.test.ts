import { expect } from 'chai'
import { RTCPeerConnection } from 'werift'
import { handOnAllThatIsReady } from '../../../edge/peer/inboundOrder.ts'

interface Stream {
  addChunk(chunk: object): void
  popMessages(): Iterable<readonly [number, number, Buffer]>
}

const wholeAndOrdered = 0b011

describe('messages that wait for a late one', () => {
  it('all go on when it comes, whatever other streams sent in between', async () => {
    const connection = new RTCPeerConnection()
    connection.createDataChannel('keys')
    const sctp = connection.sctpTransport?.sctp
    if (sctp === undefined) throw new Error('no SCTP')
    handOnAllThatIsReady(sctp)
    const stream = (sctp as unknown as { getInboundStream(id: number): Stream }).getInboundStream(0)
    const arrive = (tsn: number, streamSeqNum: number): string[] => {
      stream.addChunk({
        tsn,
        streamSeqNum,
        streamId: 0,
        protocol: 51,
        flags: wholeAndOrdered,
        userData: Buffer.from(`message ${streamSeqNum}`),
      })
      return Array.from(stream.popMessages(), ([, , data]) => data.toString())
    }
    expect(arrive(12, 1)).to.deep.equal([])
    expect(arrive(15, 2)).to.deep.equal([])
    expect(arrive(10, 0)).to.deep.equal(['message 0', 'message 1', 'message 2'])
    await connection.close()
  })
})
