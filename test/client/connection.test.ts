import { expect } from 'chai'
import { backoffMs } from '../../client/player/backoff.ts'
import { RouterConnection, type SocketLike } from '../../client/player/connection.ts'

class FakeSocket implements SocketLike {
  readyState = 0
  readonly sent: { kind: string; sessionId?: string }[] = []
  #listeners = new Map<string, (event: { data: unknown }) => void>()
  addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.set(type, listener)
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as { kind: string })
  }
  close(): void {
    this.readyState = 3
    this.#listeners.get('close')?.({ data: null })
  }
  emit(type: string, data: unknown = null): void {
    if (type === 'open') this.readyState = 1
    this.#listeners.get(type)?.({ data })
  }
  welcome(): void {
    this.emit('open')
    this.emit('message', JSON.stringify({ kind: 'welcome', version: 1 }))
  }
}

function dial(onState: (state: 'open' | 'lost') => void = () => {}): {
  connection: RouterConnection
  sockets: FakeSocket[]
  states: string[]
  messages: string[]
} {
  const sockets: FakeSocket[] = []
  const states: string[] = []
  const messages: string[] = []
  const connection = new RouterConnection({
    open() {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
    onMessage: (message) => messages.push(message.kind),
    onState(state) {
      states.push(state)
      onState(state)
    },
    random: () => 0,
  })
  return { connection, sockets, states, messages }
}

describe('router socket', () => {
  it('says hello first, and attaches again after every reconnect', () => {
    const { connection, sockets, states } = dial()
    sockets[0]?.welcome()
    connection.attach('s1')
    expect(sockets[0]?.sent.map(({ kind }) => kind)).to.deep.equal(['hello', 'ping', 'attach'])
    sockets[0]?.close()
    connection.hurry()
    sockets[1]?.welcome()
    expect(sockets[1]?.sent.map(({ kind }) => kind)).to.deep.equal(['hello', 'attach', 'ping'])
    expect(states).to.deep.equal(['open', 'lost', 'open'])
    connection.close()
  })

  it('says so when a message could not be sent', () => {
    const { connection, sockets } = dial()
    expect(connection.send({ kind: 'end', sessionId: 's1' })).to.equal(false)
    sockets[0]?.welcome()
    expect(connection.send({ kind: 'end', sessionId: 's1' })).to.equal(true)
    connection.close()
  })

  it('drops what is no message of the wire', () => {
    const { connection, sockets, messages } = dial()
    sockets[0]?.welcome()
    for (const text of ['{', '[]', '{"kind":"nonsense"}', 'x'.repeat(70_000)])
      sockets[0]?.emit('message', text)
    sockets[0]?.emit('message', new ArrayBuffer(4))
    expect(messages).to.deep.equal(['welcome'])
    connection.close()
  })

  it('finds out within a second or so that a doubted socket is dead, and believes one that answers', async () => {
    let lose = (): void => {}
    const lost = new Promise<void>((resolve) => {
      lose = resolve
    })
    const { connection, sockets, states } = dial((state) => state === 'lost' && lose())
    sockets[0]?.welcome()
    connection.doubt()
    sockets[0]?.emit('message', JSON.stringify({ kind: 'pong', atMs: 0 }))
    const fromMs = performance.now()
    connection.doubt()
    connection.doubt()
    expect(states).to.deep.equal(['open'])
    await lost
    expect(performance.now() - fromMs).to.be.within(900, 1_500)
    connection.close()
  })

  it('hurries back while the stream is silent too, but not without any network, nor for ever', () => {
    let nowMs = 0
    let online = false
    const sockets: FakeSocket[] = []
    const connection = new RouterConnection({
      open() {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket
      },
      onMessage: () => undefined,
      onState: () => undefined,
      isOnline: () => online,
      nowMs: () => nowMs,
    })
    const dials = (): number => {
      sockets.at(-1)?.close()
      const before = sockets.length
      nowMs += 300
      connection.doubt()
      return sockets.length - before
    }
    expect(dials(), 'no network').to.equal(0)
    online = true
    expect([dials(), dials(), dials(), dials(), dials(), dials(), dials(), dials()]).to.deep.equal([
      1, 1, 1, 1, 1, 1, 1, 0,
    ])
    connection.networkChanged()
    expect(dials(), 'another network').to.equal(1)
    connection.close()
  })

  it('stays closed once closed', () => {
    const { connection, sockets, states } = dial()
    sockets[0]?.welcome()
    connection.close()
    connection.hurry()
    expect(sockets).to.have.length(1)
    expect(states).to.deep.equal(['open'])
  })
})

describe('backoff', () => {
  it('doubles up to five seconds, spread over its upper half', () => {
    expect([0, 1, 2, 3, 10, 1000].map((attempt) => backoffMs(attempt, 1))).to.deep.equal([
      250, 500, 1000, 2000, 5000, 5000,
    ])
    expect(backoffMs(3, 0)).to.equal(1000)
  })
})
