import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP cable between a node and a router that a test can pull and plug. */
export interface Cable extends AsyncDisposable {
  readonly port: number
  pull(): void
  plug(): void
}

export async function layCable(toPort: () => number): Promise<Cable> {
  const sockets = new Set<Socket>()
  let pulled = false
  const server = createServer((from) => {
    if (pulled) return void from.destroy()
    const to = connect(toPort(), '127.0.0.1')
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    pull() {
      pulled = true
      for (const socket of sockets) socket.destroy()
    },
    plug() {
      pulled = false
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
