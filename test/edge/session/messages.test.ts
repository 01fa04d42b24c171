import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { mostMessagesWaiting } from '../../../config/protocol/gameMessages.ts'
import { createMessages } from '../../../edge/session/messages.ts'
import { openMessageSocket, type MessageSocket } from '../../../edge/titles/messageSocket.ts'
import { until } from '../sandbox/rig.ts'

/** Both ends of what is between the pages and the game. */
function open() {
  const toGame: string[] = []
  const toPages: (readonly [number | null, string])[] = []
  let nowMs = 0
  let reads = true
  let say = (_line: string): void => {}
  const messages = createMessages({
    nowMs: () => nowMs,
    toPage: (player, text) => void toPages.push([player, text]),
  })
  return {
    messages,
    toGame,
    toPages,
    door: {
      send: (line: string) => reads && toGame.push(line) > 0,
      onLine(listener: (line: string) => void) {
        say = listener
      },
    },
    say: (line: string) => say(line),
    later: (ms: number) => void (nowMs += ms),
    stopReading: () => void (reads = false),
  }
}
const codesIn = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => (JSON.parse(line) as { error: { code: string } }).error.code)

describe('messages between a page and its game', () => {
  it('go to the game with the number of their player, as one line', () => {
    const { messages, door, toGame } = open()
    messages.open(door)
    expect(messages.toGame(2, ' {"a":\n[1, "ü"]} ')).to.equal(null)
    expect(toGame).to.deep.equal(['{"player":2,"message":{"a":[1,"ü"]}}'])
  })

  it('come from the game to whom it names, or to all', () => {
    const { messages, door, toPages, toGame, say } = open()
    messages.open(door)
    say('{"message": {"score": 7}}')
    say('{"message": null, "player": 2}')
    expect(toPages).to.deep.equal([
      [null, '{"score":7}'],
      [2, 'null'],
    ])
    expect(toGame).to.deep.equal([])
  })

  it('are refused with a reason each', () => {
    const { messages, door, stopReading } = open()
    const code = (text = '1') => messages.toGame(1, text)?.code
    expect(code()).to.equal('game-not-playing')
    messages.open(null)
    expect(code()).to.equal('game-messages-off')
    messages.open(door)
    expect(code('{')).to.equal('game-messages-malformed')
    expect(code('['.repeat(16_000) + ']'.repeat(16_000))).to.equal('message-too-large')
    expect(code(JSON.stringify('ü'.repeat(9000)))).to.equal('message-too-large')
    stopReading()
    expect(code()).to.equal('game-messages-unread')
  })

  it('tell a game what is wrong with its own, a few times a second', () => {
    const { messages, door, toGame, toPages, say, later } = open()
    messages.open(door)
    say('nonsense')
    say('{"player":1}')
    say('{"message":1,"player":9}')
    say(JSON.stringify({ message: 'x'.repeat(17_000) }))
    expect(codesIn(toGame)).to.deep.equal([
      ...Array.from({ length: 3 }, () => 'game-messages-malformed'),
      'message-too-large',
    ])
    for (let i = 0; i < 500; i += 1) say('1')
    expect(toGame).to.have.length(5)
    later(1000)
    say('{"message":1}')
    expect(toPages).to.have.length(1)
  })

  it('are bounded in number, either way and for each player', () => {
    const { messages, door, toPages, toGame, say, later } = open()
    messages.open(door)
    for (let i = 0; i < 100; i += 1) say(`{"message":${i}}`)
    expect(toPages).to.have.length(30)
    toGame.length = 0
    const refused = Array.from({ length: 100 }, () => messages.toGame(1, '1')?.code).filter(Boolean)
    expect(new Set(refused)).to.deep.equal(new Set(['game-messages-too-many']))
    expect(toGame).to.have.length(30)
    expect(messages.toGame(2, '1')).to.equal(null)
    later(1000)
    for (let i = 0; i < 100; i += 1) messages.toGame(1, '1')
    expect(toGame).to.have.length(51)
  })
})

describe('the socket of a native game', () => {
  let folder: string
  let door: MessageSocket
  const lines: string[] = []
  const sockets: Socket[] = []
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-messages-'))
    door = await openMessageSocket(join(folder, 'messages'), 0)
    door.onLine((line) => lines.push(line))
  })
  after(async () => {
    await door[Symbol.asyncDispose]()
    for (const socket of sockets) socket.destroy()
    await rm(folder, { recursive: true })
  })
  async function connect() {
    const socket = createConnection(door.file)
    sockets.push(socket)
    await once(socket, 'connect')
    const heard = { text: '' }
    socket.on('data', (bytes: Buffer) => void (heard.text += bytes.toString('utf8')))
    return { socket, heard }
  }

  it('keeps what comes before the game is there, and lets nobody else in', async () => {
    expect((await stat(door.file)).mode & 0o777).to.equal(0o600)
    const taken = Array.from({ length: mostMessagesWaiting + 5 }, (_, i) => door.send(`${i}`))
    expect(taken.filter(Boolean)).to.have.length(mostMessagesWaiting)
    const { heard } = await connect()
    await until('all of it', () => heard.text.endsWith(`${mostMessagesWaiting - 1}\n`))
    expect(heard.text.startsWith('0\n1\n')).to.equal(true)
  })

  it('reads whole lines however they are cut, and hangs up on one without an end', async () => {
    const { socket, heard } = await connect()
    for (const part of ['{"a"', ':1}\n\n{"b":', '2}\n']) socket.write(part)
    await until('both lines', () => lines.length === 2)
    expect(lines).to.deep.equal(['{"a":1}', '{"b":2}'])
    door.send('hello')
    await until('an answer', () => heard.text === 'hello\n')
    socket.write('x'.repeat(40_000))
    await once(socket, 'close')
  })

  it('is read no faster than a game may speak', async () => {
    const own = await openMessageSocket(join(folder, 'flood'), 0)
    let heard = 0
    own.onLine(() => void (heard += 1))
    const flood = createConnection(own.file)
    await once(flood, 'connect')
    const said = 200_000
    flood.write('{"message":1}\n'.repeat(said))
    await until('some of it', () => heard > 1_000)
    await new Promise((done) => setImmediate(done))
    expect(heard).to.be.below(said / 4)
    flood.destroy()
    await own[Symbol.asyncDispose]()
  })

  it('takes no more for a game that reads nothing', async () => {
    const own = await openMessageSocket(join(folder, 'deaf'), 0)
    const deaf = createConnection(own.file)
    await once(deaf, 'connect')
    deaf.pause()
    let sent = 0
    const line = 'x'.repeat(16_000)
    await until('it is full', () => {
      if (own.send(line)) sent += 1
      return sent > 1 && !own.send(line)
    })
    expect(sent).to.be.below(100)
    deaf.destroy()
    await own[Symbol.asyncDispose]()
  })
})
