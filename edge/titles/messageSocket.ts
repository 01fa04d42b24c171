import { chmod } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { maxGameMessageBytes, mostMessagesWaiting } from '../../config/protocol/gameMessages.ts'
import { giveToPlayer } from '../sandbox/host.ts'
import type { GameDoor } from './gameDoor.ts'

export interface MessageSocket extends GameDoor, AsyncDisposable {
  readonly file: string
}

/** A game and a helper or two of its own. */
const mostConnections = 4
/** More than a message, its envelope and blanks take. */
const longestLineBytes = 2 * maxGameMessageBytes
const mostUnreadBytes = 256 * 1024
/** After so much a rest: more than a game may say. What floods its socket waits in there, at the cost of the game alone. */
const readBytes = 64 * 1024
const readEveryMs = 100

/**
 * A native game's door: a Unix socket of the session's own, one JSON object a line either way. What comes before the game has
 * connected waits for it.
 */
export async function openMessageSocket(file: string, seat: number): Promise<MessageSocket> {
  const connections = new Set<Socket>()
  const listeners: ((line: string) => void)[] = []
  let waiting: string[] = []
  const server = createServer((socket) => {
    if (connections.size >= mostConnections) return void socket.destroy()
    connections.add(socket)
    socket.on('close', () => connections.delete(socket)).on('error', () => socket.destroy())
    readLines(socket, (line) => {
      for (const listener of listeners) listener(line)
    })
    for (const line of waiting) socket.write(`${line}\n`)
    waiting = []
  })
  server.listen(file)
  await once(server, 'listening')
  await chmod(file, 0o600)
  await giveToPlayer(file, seat)
  return {
    file,
    send(line) {
      if (connections.size === 0) {
        if (waiting.length >= mostMessagesWaiting) return false
        waiting.push(line)
        return true
      }
      const reading = [...connections].filter(({ writableLength }) => writableLength < mostUnreadBytes)
      for (const socket of reading) socket.write(`${line}\n`)
      return reading.length > 0
    },
    onLine: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}

/** Who writes a line without an end is hung up on. */
function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = ''
  let sinceBytes = 0
  let pause: NodeJS.Timeout | undefined
  socket.setEncoding('utf8')
  socket.on('close', () => clearTimeout(pause))
  socket.on('data', (text: string) => {
    sinceBytes += text.length
    if (sinceBytes > readBytes) {
      sinceBytes = 0
      socket.pause()
      pause = setTimeout(() => socket.resume(), readEveryMs)
    }
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') onLine(line)
    if (rest.length > longestLineBytes) socket.destroy()
  })
}
