import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { bindingResponse, readBindingRequest, type Credentials } from '../ice/stun.ts'

/**
 * What players measure their distance to a node with: it answers STUN binding requests that prove they were given this
 * node's password, and nothing else. It keeps nothing about anybody, and an answer (64 bytes for IPv4, 76 for IPv6) is smaller
 * than the request (a browser's check, with priority and role, is 88 bytes or more).
 */
export interface Beacon extends AsyncDisposable {
  readonly port: number
  readonly ufrag: string
  readonly password: string
  counters(): { readonly answered: number; readonly ignored: number }
}

/** @param options.port 0 takes a free one. @throws the socket's error, e.g. EADDRINUSE */
export async function startBeacon(options: { readonly port: number }): Promise<Beacon> {
  // RFC 8445 5.3: at least 24 bits of ufrag and 128 of password.
  const credentials: Credentials = {
    ufrag: randomBytes(6).toString('hex'),
    password: randomBytes(18).toString('hex'),
  }
  const socket = createSocket('udp4')
  const counters = { answered: 0, ignored: 0 }
  socket.on('message', (message, from) => {
    const request = readBindingRequest(message, credentials)
    if (request === null) {
      counters.ignored += 1
      return
    }
    const answer = bindingResponse(request, from, credentials.password)
    if (answer.length > message.length) {
      counters.ignored += 1
      return
    }
    counters.answered += 1
    socket.send(answer, from.port, from.address, () => {})
  })
  await bind(socket, options.port)
  // An unreachable sender is no reason to stop answering the others.
  socket.on('error', () => {
    counters.ignored += 1
  })
  return {
    port: socket.address().port,
    ...credentials,
    counters: () => ({ ...counters }),
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function bind(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, () => {
      socket.off('error', reject)
      resolve()
    })
  })
}
