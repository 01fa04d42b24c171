import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Beacon, startBeacon } from '../../../edge/agent/beacon.ts'
import { createAnswer } from '../../../edge/agent/beaconAnswer.ts'
import { bindingResponse, type Credentials, readBindingRequest } from '../../../edge/ice/stun.ts'
import { answeredTransaction, bindingRequestTo, provesPassword } from '../../../edge/ice/stunRequest.ts'

const credentials: Credentials = { ufrag: '0123456789ab', password: 'p'.repeat(36) }
const other: Credentials = { ...credentials, password: `${'p'.repeat(35)}q` }
const transaction = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex')

/** What the beacon says to a copy, since it may write into what it reads. */
const answerTo = createAnswer(credentials)
const ask = (message: Buffer, address = '192.0.2.1', port = 32_853): Buffer | null => {
  const answer = answerTo(Buffer.from(message), address, port)
  return answer === null ? null : Buffer.from(answer)
}

const anyIpv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => bytes.join('.'))
const anyIpv6 = fc
  .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
  .map((words) => words.map((word) => word.toString(16)).join(':'))
const anyTransaction = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes))
const anyName = fc.string({ maxLength: 64, unit: 'grapheme-ascii' })

/** RFC 8839 5.4 */
const anyUfrag = fc.string({ maxLength: 8, unit: fc.constantFrom(...'aZ09+/') })

describe("a beacon's answer", () => {
  it('is the one of the STUN codec, to whoever asks from wherever', () => {
    fc.assert(
      fc.property(
        anyTransaction,
        anyName,
        fc.oneof(anyIpv4, anyIpv6),
        fc.nat(65_535),
        (transactionId, name, address, port) => {
          const request = bindingRequestTo(credentials, name, transactionId)
          const expected = bindingResponse({ transactionId }, { address, port }, credentials.password)
          expect(ask(request, address, port)?.toString('hex')).to.equal(expected.toString('hex'))
        },
      ),
    )
  })

  it('is made for no bytes that came by chance, also behind a good beginning', () => {
    const good = bindingRequestTo(credentials, 'browser', transaction)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(good.length - 1), (noise, kept) => {
        expect(ask(Buffer.from(noise))).to.equal(null)
        expect(ask(Buffer.concat([good.subarray(0, kept), noise]))).to.equal(null)
        expect(ask(Buffer.concat([good, noise]))).to.satisfy(
          (answer: Buffer | null) => noise.length === 0 || answer === null,
        )
      }),
    )
  })

  it('is made for no request with a bit turned or a byte missing', () => {
    const good = bindingRequestTo(credentials, 'browser', transaction)
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const wrong = Buffer.from(good)
      wrong.writeUInt8((wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3)
      expect(ask(wrong), `bit ${bit}`).to.equal(null)
    }
    for (let size = 0; size < good.length; size += 1)
      expect(ask(good.subarray(0, size)), `${size} bytes`).to.equal(null)
  })

  it('is made for nobody with another password or another name', () => {
    expect(ask(bindingRequestTo(other, 'browser', transaction))).to.equal(null)
    for (const ufrag of ['0123456789a', '0123456789abc', '', 'x'.repeat(12)])
      expect(ask(bindingRequestTo({ ...credentials, ufrag }, 'b', transaction)), ufrag).to.equal(null)
  })

  it('is never longer than what was sent, and never made for what the codec refuses', () => {
    let answered = 0
    fc.assert(
      fc.property(
        anyUfrag,
        anyName,
        fc.oneof(anyIpv4, anyIpv6),
        fc.boolean(),
        (ufrag, name, address, forged) => {
          const own = { ufrag, password: 'secret' }
          const request = bindingRequestTo(forged ? other : own, name, transaction)
          const answer = createAnswer(own)(Buffer.from(request), address, 1)
          if (answer === null) return
          answered += 1
          expect(answer.length).to.be.at.most(request.length)
          expect(readBindingRequest(request, own)).to.not.equal(null)
        },
      ),
    )
    expect(answered).to.be.greaterThan(10)
  })

  it('is not made where it would be longer: 76 bytes over IPv6 to a question of 68', () => {
    const short = { ufrag: 'a', password: 'b' }
    const request = bindingRequestTo(short, '', transaction)
    const answer = createAnswer(short)
    expect(request.length).to.equal(68)
    expect(answer(Buffer.from(request), '192.0.2.1', 1)?.length).to.equal(64)
    expect(answer(Buffer.from(request), '2001:db8::1', 1)).to.equal(null)
  })
})

describe('the beacon', function () {
  this.timeout(20_000)
  let beacon: Beacon
  let socket: Socket

  before(async () => {
    beacon = await startBeacon({ port: 0 })
  })
  after(() => beacon[Symbol.asyncDispose]())
  afterEach(async () => {
    socket.close()
    await once(socket, 'close')
  })

  for (const [family, address, size] of [
    ['udp4', '127.0.0.1', 64],
    ['udp6', '::1', 76],
  ] as const)
    it(`answers over ${family}, and proves that it is the one`, async () => {
      socket = createSocket(family)
      const heard = once(socket, 'message')
      socket.send(bindingRequestTo(beacon, 'browser', transaction), beacon.port, address)
      const [answer, from] = (await heard) as [Buffer, { address: string }]
      expect(answer.length).to.equal(size)
      expect(from.address).to.equal(address)
      expect(answeredTransaction(answer)).to.equal(transaction.toString('hex'))
      expect(provesPassword(answer, beacon.password)).to.equal(true)
      expect(provesPassword(answer, `${beacon.password}x`)).to.equal(false)
    })

  it('is silent to everything that does not prove the password', async () => {
    socket = createSocket('udp4')
    let answers = 0
    socket.on('message', () => {
      answers += 1
    })
    const before = beacon.counters()
    const forged = bindingRequestTo({ ...beacon, password: 'guessed' }, 'browser', transaction)
    for (const packet of [forged, Buffer.alloc(20), Buffer.from('hello'), Buffer.alloc(1400, 1)])
      socket.send(packet, beacon.port, '127.0.0.1')
    while (beacon.counters().ignored < before.ignored + 4)
      await new Promise((resolve) => setImmediate(resolve))
    expect(answers).to.equal(0)
    expect(beacon.counters().answered).to.equal(before.answered)
  })

  it('answers again at the same port and with the same password after its thread has died', async () => {
    const started = once(process, 'worker') as Promise<[Worker]>
    const mortal = await startBeacon({ port: 0, ipv6: false })
    socket = createSocket('udp4')
    const client = socket
    const ask = (): void =>
      client.send(bindingRequestTo(mortal, 'browser', transaction), mortal.port, '127.0.0.1')
    const answer = async (): Promise<Buffer> => {
      const heard = once(client, 'message') as Promise<[Buffer]>
      ask()
      const asking = setInterval(ask, 50)
      const [message] = await heard
      clearInterval(asking)
      return message
    }
    try {
      await answer()
      const [thread] = await started
      const startedAgain = once(process, 'worker')
      await thread.terminate()
      // What answers from now on can only be another thread.
      await startedAgain
      expect(provesPassword(await answer(), mortal.password)).to.equal(true)
      expect(mortal.counters().answered).to.be.at.least(2)
    } finally {
      await mortal[Symbol.asyncDispose]()
    }
  })

  it('says which setting to change when its port is taken', async () => {
    socket = createSocket('udp4')
    const failed = await startBeacon({ port: beacon.port }).catch((error: unknown) => error)
    expect(String(failed)).to.contain('NEARCADE_BEACON_PORT')
  })
})
