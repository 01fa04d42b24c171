import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { createIceLite } from '../../../edge/ice/iceLite.ts'
import { crc32, type Credentials } from '../../../edge/ice/stun.ts'

const wifi = { address: '198.51.100.1', port: 5000, via: '10.0.0.5' }
const mobile = { address: '203.0.113.9', port: 6000, via: '10.0.0.5' }

/** A browser's connectivity check (RFC 8445 7.1, RFC 8489). */
function check({ ufrag, password }: Credentials, theirs: string, nominates = true): Buffer {
  const attribute = (type: number, value: Buffer): Buffer => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(type, 0)
    head.writeUInt16BE(value.length, 2)
    return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
  }
  const message = (attributes: Buffer, after: number): Buffer => {
    const head = Buffer.from('000100002112a442000102030405060708090a0b', 'hex')
    head.writeUInt16BE(attributes.length + after, 2)
    return Buffer.concat([head, attributes])
  }
  let attributes = attribute(0x0006, Buffer.from(`${ufrag}:${theirs}`))
  if (nominates) attributes = Buffer.concat([attributes, attribute(0x0025, Buffer.alloc(0))])
  const mac = createHmac('sha1', password).update(message(attributes, 24)).digest()
  attributes = Buffer.concat([attributes, attribute(0x0008, mac)])
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE((crc32(message(attributes, 8)) ^ 0x5354554e) >>> 0)
  return message(Buffer.concat([attributes, attribute(0x8028, crc)]), 0)
}

describe('the node’s ICE-lite agent', () => {
  it('answers whoever proves both names and the password, and nobody else', () => {
    const agent = createIceLite('them')
    const { local } = agent
    expect(agent.check(check(local, 'them'), wifi)?.response).to.be.instanceOf(Buffer)
    for (const wrong of [
      check(local, 'others'),
      check({ ...local, password: 'guessed' }, 'them'),
      check({ ...local, ufrag: 'guessed' }, 'them'),
    ])
      expect(agent.check(wrong, mobile)).to.equal(null)
    expect(agent.nominated).to.deep.equal(wifi)
  })

  it('sends where the browser nominated last, and nowhere before it did', () => {
    const agent = createIceLite('them')
    agent.check(check(agent.local, 'them', false), wifi)
    expect(agent.nominated).to.deep.equal(null)
    expect(agent.check(check(agent.local, 'them'), wifi)?.moved).to.equal(true)
    expect(agent.check(check(agent.local, 'them'), { ...wifi })?.moved).to.equal(false)
    expect(agent.check(check(agent.local, 'them', false), mobile)?.moved).to.equal(false)
    expect(agent.nominated).to.deep.equal(wifi)
    expect(agent.check(check(agent.local, 'them'), mobile)?.moved).to.equal(true)
    expect(agent.nominated).to.deep.equal(mobile)
  })

  it('keeps the path during an ICE restart, until the browser nominates with the new credentials; then the old ones have no say', () => {
    const agent = createIceLite('them')
    const before = agent.local
    agent.check(check(before, 'them'), wifi)
    agent.restart('again')
    expect(agent.local).to.not.deep.equal(before)
    expect(agent.nominated).to.deep.equal(wifi)
    expect(agent.check(check(before, 'them'), wifi)?.response).to.be.instanceOf(Buffer)
    expect(agent.check(check(agent.local, 'them'), mobile), 'names of two rounds mixed').to.equal(null)
    agent.check(check(agent.local, 'again'), mobile)
    expect(agent.nominated).to.deep.equal(mobile)
    const late = agent.check(check(before, 'them'), wifi)
    expect(late?.moved).to.equal(false)
    expect(agent.nominated).to.deep.equal(mobile)
  })

  it('still takes the path that worked after many restarts that led nowhere', () => {
    const agent = createIceLite('them')
    const worked = agent.local
    agent.check(check(worked, 'them'), wifi)
    for (let nth = 0; nth < 20; nth += 1) agent.restart(`try${nth}`)
    expect(agent.check(check(worked, 'them'), mobile)?.moved).to.equal(true)
  })
})
