import { expect } from 'chai'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { until } from '../edge/sandbox/rig.ts'
import { perfect, steady } from './conditions.ts'
import { type Link, openLink } from './link.ts'

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

describe('a link between sockets', () => {
  let link: Link
  let node: Socket
  let browser: Socket
  let seen: { text: string; fromPort: number }[]
  let answered: string[]
  let door: number
  const ask = (text: string, port = door) => browser.send(text, port, '127.0.0.1')

  beforeEach(async () => {
    link = await openLink({ up: steady({}), down: steady({}) })
    node = await bound()
    browser = await bound()
    seen = []
    answered = []
    node.on('message', (message, from) => {
      seen.push({ text: message.toString(), fromPort: from.port })
      node.send(`re ${message}`, from.port, from.address)
    })
    browser.on('message', (message) => answered.push(message.toString()))
    door = await link.port('127.0.0.1', node.address().port)
  })
  afterEach(async () => {
    node.close()
    browser.close()
    await link[Symbol.asyncDispose]()
  })

  it('carries packets both ways and counts them', async () => {
    const fromMs = await link.nowMs()
    ask('hello')
    await until('an answer came', () => answered.length === 1)
    expect(answered).to.deep.equal(['re hello'])
    const down = await link.slices('down', fromMs, await link.nowMs())
    expect(down.reduce((sum, { deliveredBytes }) => sum + deliveredBytes, 0)).to.equal('re hello'.length + 28)
  })

  it('takes the time that it is told to', async () => {
    await link.start({ up: steady({ delayMs: 30 }), down: steady({ delayMs: 50 }) })
    const sentMs = performance.now()
    ask('slow')
    await until('an answer came', () => answered.length === 1)
    expect(performance.now() - sentMs).to.be.within(78, 200)
  })

  it('follows its schedule from the start on', async () => {
    const plan = {
      ...steady({}),
      start: { ...perfect, outage: true },
      steps: [{ atMs: 150, change: { outage: false } }],
    }
    await link.start({ up: plan, down: steady({}) })
    ask('lost')
    await until('it lets packets through', () => {
      ask('again')
      return answered.length > 0
    })
    expect(seen.map(({ text }) => text)).to.not.include('lost')
  })

  it('shows the browser at another address after a change of network', async () => {
    ask('one')
    await until('an answer came', () => answered.length === 1)
    await link.rebind()
    ask('two')
    await until('another came', () => answered.length === 2)
    expect(seen[0]?.fromPort).to.not.equal(seen[1]?.fromPort)
  })

  it('leads nowhere through a closed door, and through a new one again', async () => {
    await link.closeDoors()
    const other = await link.port('127.0.0.1', node.address().port)
    expect(other).to.not.equal(door)
    ask('old')
    ask('new', other)
    await until('an answer came', () => answered.length > 0)
    expect(seen.map(({ text }) => text)).to.deep.equal(['new'])
  })
})
