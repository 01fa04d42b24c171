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

/** One UDP port number, on IPv4 and where there is IPv6 on that too, shared by all connections of one session. */
export interface UdpPort extends AsyncDisposable {
  readonly ports: { readonly ipv4: number; readonly ipv6: number | null }
  attach(sink: PacketSink): void
  detach(sink: PacketSink): void
  send(packet: Buffer, to: Remote): void
}

export interface UdpPortOptions {
  readonly range: { readonly from: number; readonly to: number } | null
  readonly ipv6: boolean
}

/** All ports of the range are in use: by other sessions or other programs. */
export class NoFreePort extends Error {}

/** A keyframe at 20 Mbit/s is 60 packets at once; Linux halves its default of 212,992 bytes for its own bookkeeping. */
const socketBufferBytes = 1 << 20
/** Browsers that proved themselves from more addresses than this at once are not browsers. */
const maxRoutes = 256

/** @throws NoFreePort, or the socket's error where UDP cannot be had at all */
export async function openUdpPort({ range, ipv6 }: UdpPortOptions): Promise<UdpPort> {
  const sockets = range === null ? await openAnywhere(ipv6) : await openWithin(range, ipv6)
  const sinks = new Set<PacketSink>()
  const routes = new Map<string, PacketSink>()

  const receive = (message: Buffer, from: Remote): void => {
    const key = `${from.address} ${from.port}`
    if (!looksLikeStun(message)) return routes.get(key)?.data(message)
    const ufrag = claimedUfrag(message)
    if (ufrag === null) return
    for (const sink of sinks) {
      if (!sink.owns(ufrag) || !sink.check(message, from)) continue
      if (routes.size < maxRoutes || routes.has(key)) routes.set(key, sink)
      return
    }
  }
  for (const socket of [sockets.ipv4, sockets.ipv6]) {
    socket?.on('message', (message, { address, port }) => receive(message, { address, port }))
    // An address that cannot be reached just now is no reason to stop: the path may come back.
    socket?.on('error', () => {})
  }

  return {
    ports: { ipv4: sockets.ipv4.address().port, ipv6: sockets.ipv6?.address().port ?? null },
    attach: (sink) => void sinks.add(sink),
    detach(sink) {
      sinks.delete(sink)
      for (const [key, owner] of routes) if (owner === sink) routes.delete(key)
    },
    send(packet, { address, port }) {
      const socket = isIPv6(address) ? sockets.ipv6 : sockets.ipv4
      socket?.send(packet, port, address)
    },
    [Symbol.asyncDispose]: () => closeAll([sockets.ipv4, sockets.ipv6]),
  }
}

interface Sockets {
  readonly ipv4: Socket
  readonly ipv6: Socket | null
}

async function openAnywhere(ipv6: boolean): Promise<Sockets> {
  const ipv4 = await bound('udp4', 0)
  if (!ipv6) return { ipv4, ipv6: null }
  const same = await boundOrCode('udp6', ipv4.address().port)
  if (typeof same !== 'string') return { ipv4, ipv6: same }
  const other = same === 'EADDRINUSE' ? await boundOrCode('udp6', 0) : null
  return { ipv4, ipv6: typeof other === 'string' ? null : other }
}

async function openWithin(range: { from: number; to: number }, ipv6: boolean): Promise<Sockets> {
  for (let port = range.from; port <= range.to; port += 1) {
    // Binding is the only question that two sessions cannot both get the same answer to.
    const ipv4 = await boundOrCode('udp4', port)
    if (ipv4 === 'EADDRINUSE' || ipv4 === 'EACCES') continue
    if (typeof ipv4 === 'string') throw new Error(`UDP port ${port} cannot be opened: ${ipv4}`)
    if (!ipv6) return { ipv4, ipv6: null }
    const second = await boundOrCode('udp6', port)
    if (typeof second !== 'string') return { ipv4, ipv6: second }
    if (second !== 'EADDRINUSE') return { ipv4, ipv6: null }
    await closeAll([ipv4])
  }
  throw new NoFreePort(
    `no free UDP port in ${range.from}-${range.to}: give NEARCADE_UDP_PORTS at least one port a seat`,
  )
}

async function boundOrCode(family: 'udp4' | 'udp6', port: number): Promise<Socket | string> {
  try {
    return await bound(family, port)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

function bound(family: 'udp4' | 'udp6', port: number): Promise<Socket> {
  const socket = createSocket({
    type: family,
    ipv6Only: family === 'udp6',
    sendBufferSize: socketBufferBytes,
    recvBufferSize: socketBufferBytes,
    // All addresses are numeric: no resolver, and no waiting for a later turn of the event loop.
    lookup: (address, _options, found) => found(null, address, family === 'udp6' ? 6 : 4),
  })
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind({ port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

async function closeAll(sockets: readonly (Socket | null)[]): Promise<void> {
  for (const socket of sockets) {
    if (socket !== null) await new Promise<void>((resolve) => socket.close(() => resolve()))
  }
}
