import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { listen, type Listening } from '../../server/http/listen.ts'

const silenceMs = 300

describe('a request on its way', () => {
  let http: Listening
  let heard = 0
  let onPart = (): void => {}
  const sockets: Socket[] = []

  beforeEach(async () => {
    heard = 0
    http = await listen(
      (request, response) => {
        request.on('data', (part: Buffer) => {
          heard += part.length
          onPart()
        })
        request.on('end', () => setTimeout(() => response.end(String(heard)), 2 * silenceMs))
        request.on('error', () => {})
      },
      '127.0.0.1',
      0,
      silenceMs,
    )
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await http.close()
  })

  async function begin(length: number): Promise<Socket> {
    const socket = connect(http.port, '127.0.0.1')
    sockets.push(socket)
    await once(socket, 'connect')
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`)
    return socket
  }

  it('may take far longer than its silence may last, and so may its answer', async () => {
    const parts = 8
    const socket = await begin(parts)
    const beganMs = performance.now()
    for (let part = 0; part < parts; part++) {
      const came = new Promise<void>((resolve) => (onPart = resolve))
      setTimeout(() => socket.write('x'), silenceMs / 3)
      await came
    }
    expect(performance.now() - beganMs).to.be.greaterThan(2 * silenceMs)
    let answer = ''
    for await (const bytes of socket) answer += String(bytes)
    expect(answer).to.match(/200 OK[^]*8$/)
  })

  it('is cut when nothing comes any more', async () => {
    const socket = await begin(2)
    socket.write('x')
    await once(socket, 'close')
    expect(heard).to.equal(1)
  })
})
