import { expect } from 'chai'
import { bindingResponse, readBindingRequest } from '../../../edge/ice/stun.ts'

/** RFC 5769, section 2.1: a sample request with short-term credentials. */
const request = Buffer.from(
  '000100582112a442b7e7a701bc34d686fa87dfae' +
    '802200105354554e207465737420636c69656e74' +
    '002400046e0001ff' +
    '80290008932ff9b151263b36' +
    '000600096576746a3a68367659202020' +
    '000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2' +
    '80280004e57a3bcf',
  'hex',
)
const credentials = { ufrag: 'evtj', password: 'VOkJxbRl1RmTxUk/WvJxBt' }

describe('the STUN codec', () => {
  it('takes the sample request of RFC 5769', () => {
    expect(readBindingRequest(request, credentials)?.transactionId.toString('hex')).to.equal(
      'b7e7a701bc34d686fa87dfae',
    )
  })

  it('maps addresses as the sample responses of RFC 5769 do', () => {
    const transactionId = request.subarray(8, 20)
    const ipv4 = bindingResponse(
      { transactionId },
      { address: '192.0.2.1', port: 32853 },
      credentials.password,
    )
    expect(ipv4.subarray(20, 32).toString('hex')).to.equal('002000080001a147e112a643')
    const from = { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 }
    const ipv6 = bindingResponse({ transactionId }, from, credentials.password)
    expect(ipv6.subarray(20, 44).toString('hex')).to.equal('002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9')
    expect([ipv4.length, ipv6.length]).to.deep.equal([64, 76])
  })

  it('refuses every request with one bit turned, cut short or made longer', () => {
    for (let bit = 0; bit < request.length * 8; bit += 1) {
      const wrong = Buffer.from(request)
      wrong.writeUInt8((wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3)
      expect(readBindingRequest(wrong, credentials), `bit ${bit}`).to.equal(null)
    }
    for (let size = 0; size < request.length; size += 1)
      expect(readBindingRequest(request.subarray(0, size), credentials), `${size} bytes`).to.equal(null)
    expect(readBindingRequest(Buffer.concat([request, Buffer.alloc(4)]), credentials)).to.equal(null)
  })

  it('refuses another password, another name, and its own answers', () => {
    expect(readBindingRequest(request, { ...credentials, password: 'other' })).to.equal(null)
    expect(readBindingRequest(request, { ...credentials, ufrag: 'evt' })).to.equal(null)
    const transactionId = request.subarray(8, 20)
    const answer = bindingResponse({ transactionId }, { address: '127.0.0.1', port: 1 }, credentials.password)
    expect(readBindingRequest(answer, credentials)).to.equal(null)
  })
})
