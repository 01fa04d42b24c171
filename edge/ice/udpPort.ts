import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Remote } from './iceLite.ts'
import { claimedUfrag, looksLikeStun } from './stun.ts'

/** Whoever receives at the port: one connection to one browser. */
export interface PacketSink {
  owns(ufrag: string): boolean
  /** A connectivity check; true when it is proven, so that other packets from there are this sink's too. */
  check(message: Buffer, from: Remote): boolean
  data(packet: Buffer): void
}

/**
 * One UDP port number on every address of this machine, shared by all connections of one session. One socket an address: a
 * browser takes an answer only from the address that it asked, and of a machine with several the system would choose any.
 */
export interface UdpPort extends AsyncDisposable {
  readonly port: number
  /** Has its sockets on all addresses that are there now, and says whether there is any of each family. */
  refresh(): Promise<{ readonly ipv4: boolean; readonly ipv6: boolean }>
  attach(sink: PacketSink): void
  detach(sink: PacketSink): void
  send(packet: Buffer, to: Remote): void
}

export interface UdpPortOptions {
  readonly range: { readonly from: number; readonly to: number } | null
  /** Addresses of this machine, loopback included; others are passed over. */
  addresses(): readonly string[]
}

/** All ports of the range are in use: by other sessions or other programs. */
export class NoFreePort extends Error {}

/** A keyframe at 20 Mbit/s is 60 packets at once; Linux gives 212,992 bytes, half of it for its own bookkeeping. */
const socketBufferBytes = 1 << 20
/** Browsers that proved themselves from more addresses than this at once are not browsers. */
const maxRoutes = 256
/** A number that the system finds free on one address is rarely taken on another. */
const anyPortTries = 20

type Sockets = Map<string, Socket>

/** @throws NoFreePort */
export async function openUdpPort({ range, addresses }: UdpPortOptions): Promise<UdpPort> {
  const sockets: Sockets = new Map()
  const sinks = new Set<PacketSink>()
  const routes = new Map<string, PacketSink>()

  const receive = (message: Buffer, from: Remote): void => {
    const key = `${from.via} ${from.address} ${from.port}`
    if (!looksLikeStun(message)) return routes.get(key)?.data(message)
    const ufrag = claimedUfrag(message)
    if (ufrag === null) return
    for (const sink of sinks) {
      if (!sink.owns(ufrag) || !sink.check(message, from)) continue
      if (routes.size < maxRoutes || routes.has(key)) routes.set(key, sink)
      return
    }
  }
  const listen = (via: string, socket: Socket): void => {
    sockets.set(via, socket)
    socket.on('message', (message, { address, port }) => receive(message, { address, port, via }))
    // An address that cannot be reached just now is no reason to stop: the path may come back.
    socket.on('error', () => {})
  }

  const [port, first] = await (range === null ? openAny(addresses()) : openWithin(range, addresses()))
  for (const [via, socket] of first) listen(via, socket)

  return {
    port,
    async refresh() {
      for (const address of addresses()) {
        if (sockets.has(address)) continue
        const socket = await bound(address, port)
        if (typeof socket !== 'string') listen(address, socket)
      }
      const families = [...sockets.keys()].map((address) => isIPv6(address))
      return { ipv4: families.includes(false), ipv6: families.includes(true) }
    },
    attach: (sink) => void sinks.add(sink),
    detach(sink) {
      sinks.delete(sink)
      for (const [key, owner] of routes) if (owner === sink) routes.delete(key)
    },
    send: (packet, { address, port: to, via }) => sockets.get(via)?.send(packet, to, address),
    [Symbol.asyncDispose]: () => closeAll(sockets),
  }
}

async function openWithin(
  { from, to }: { from: number; to: number },
  addresses: readonly string[],
): Promise<[number, Sockets]> {
  for (let port = from; port <= to; port += 1) {
    const sockets = await openAll(addresses, port)
    if (sockets !== null) return [port, sockets]
  }
  throw new NoFreePort(
    `every UDP port of ${from}-${to} is taken: NEARCADE_UDP_PORTS must have at least one for each seat`,
  )
}

async function openAny(addresses: readonly string[]): Promise<[number, Sockets]> {
  for (let nth = 0; nth < anyPortTries; nth += 1) {
    const found = await bound(addresses[0] ?? '127.0.0.1', 0)
    if (typeof found === 'string') throw new NoFreePort(`no UDP port can be opened: ${found}`)
    const { port } = found.address()
    await close(found)
    const sockets = await openAll(addresses, port)
    if (sockets !== null) return [port, sockets]
  }
  throw new NoFreePort('no UDP port is free on every address of this machine')
}

/** Null where somebody has the port on one of the addresses, or on all: binding is the only question that two cannot both win. */
async function openAll(addresses: readonly string[], port: number): Promise<Sockets | null> {
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
