import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

/**
 * One UDP port number on every address of this machine. One socket an address: a browser takes an answer only from the address
 * that it asked, and of a machine with several the system would choose any.
 */
export interface BoundPort extends AsyncDisposable {
  readonly port: number
  /** By the address that each listens on. */
  readonly sockets: ReadonlyMap<string, Socket>
  /** Listens on addresses that have come since. */
  refresh(): Promise<void>
}

export interface BoundPortOptions {
  readonly range: { readonly from: number; readonly to: number } | null
  /** Addresses of this machine, loopback included; others are passed over. */
  addresses(): readonly string[]
  /** What to do about a range that is used up. */
  readonly hint: string
  /** A socket is bound; its errors are taken care of. */
  onSocket(via: string, socket: Socket): void
}

/** All ports of the range are in use: by others of ours or by other programs. */
export class NoFreePort extends Error {}

/** A keyframe at 20 Mbit/s is 60 packets at once; Linux gives 212,992 bytes, half of it for its own bookkeeping. */
const socketBufferBytes = 1 << 20
/** A number that the system finds free on one address is rarely taken on another. */
const anyPortTries = 20

type Sockets = Map<string, Socket>

/** @throws NoFreePort */
export async function bindPort({ range, addresses, hint, onSocket }: BoundPortOptions): Promise<BoundPort> {
  const sockets: Sockets = new Map()
  let closed = false
  const keep = (via: string, socket: Socket): void => {
    sockets.set(via, socket)
    // An address that cannot be reached just now is no reason to stop: the path may come back.
    socket.on('error', () => {})
    onSocket(via, socket)
  }
  const [port, first] = await (range === null ? bindAny(addresses()) : bindWithin(range, addresses(), hint))
  for (const [via, socket] of first) keep(via, socket)
  return {
    port,
    sockets,
    async refresh() {
      for (const address of addresses()) {
        if (closed || sockets.has(address)) continue
        const socket = await bound(address, port)
        if (typeof socket === 'string') continue
        // Another refresh, or the end, may have come first.
        if (closed || sockets.has(address)) await close(socket)
        else keep(address, socket)
      }
    },
    [Symbol.asyncDispose]() {
      closed = true
      return closeAll(sockets)
    },
  }
}

async function bindWithin(
  { from, to }: { from: number; to: number },
  addresses: readonly string[],
  hint: string,
): Promise<[number, Sockets]> {
  for (let port = from; port <= to; port += 1) {
    const sockets = await bindAll(addresses, port)
    if (sockets !== null) return [port, sockets]
  }
  const ports = from === to ? `UDP port ${from}` : `every UDP port of ${from}-${to}`
  throw new NoFreePort(`${ports} is taken: ${hint}`)
}

async function bindAny(addresses: readonly string[]): Promise<[number, Sockets]> {
  for (let nth = 0; nth < anyPortTries; nth += 1) {
    const found = await bound(addresses[0] ?? '127.0.0.1', 0)
    if (typeof found === 'string') throw new NoFreePort(`no UDP port can be opened: ${found}`)
    const { port } = found.address()
    await close(found)
    const sockets = await bindAll(addresses, port)
    if (sockets !== null) return [port, sockets]
  }
  throw new NoFreePort('no UDP port is free on every address of this machine')
}

/** Null where somebody has the port on one of the addresses, or on all: binding is the only question that two cannot both win. */
async function bindAll(addresses: readonly string[], port: number): Promise<Sockets | null> {
  const sockets: Sockets = new Map()
  for (const address of addresses) {
    const socket = await bound(address, port)
    if (typeof socket !== 'string') sockets.set(address, socket)
    else if (socket === 'EADDRINUSE' || socket === 'EACCES') {
      await closeAll(sockets)
      return null
    }
  }
  if (sockets.size > 0) return sockets
  throw new NoFreePort(`UDP port ${port} can be opened on no address of this machine`)
}

/** The code of its error where the address is not ours, or there is no such family, or the port is taken. */
function bound(address: string, port: number): Promise<Socket | string> {
  const family = isIPv6(address) ? 6 : 4
  const socket = createSocket({
    type: `udp${family}`,
    ipv6Only: family === 6,
    sendBufferSize: socketBufferBytes,
    recvBufferSize: socketBufferBytes,
    // All addresses are numeric: no resolver, and no waiting for a later turn of the event loop.
    lookup: (numeric, _options, found) => found(null, numeric, family),
  })
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      resolve(error.code ?? error.message)
    })
    socket.bind({ port, address, exclusive: true }, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

const close = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()))

async function closeAll(sockets: Sockets): Promise<void> {
  const all = [...sockets.values()]
  sockets.clear()
  await Promise.all(all.map(close))
}
