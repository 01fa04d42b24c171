import { createSocket, type Socket } from 'node:dgram'

/**
 * A 1:1 NAT in a process of its own, so that it can run in another network namespace: `natProgram PUBLIC PRIVATE PORT...` passes UDP
 * between each port of the public address and the same port of the private one, each inner address by a port of its own.
 */
const [publicAddress = '', privateAddress = '', ...ports] = process.argv.slice(2)

for (const port of ports.map(Number)) {
  const outside = createSocket('udp4')
  const inside = new Map<string, Socket>()
  outside.on('message', (message, from) => {
    const key = `${from.address}:${from.port}`
    let socket = inside.get(key)
    if (socket === undefined) {
      socket = createSocket('udp4')
      socket.on('message', (answer) => outside.send(answer, from.port, from.address))
      socket.on('error', () => {})
      inside.set(key, socket)
    }
    socket.send(message, port, privateAddress)
  })
  outside.bind(port, publicAddress, () => process.stdout.write(`${port}\n`))
}
