import { isIPv6 } from 'node:net'
import { bindPort, type BoundPortOptions } from './boundPort.ts'
import type { Remote } from './iceLite.ts'
import { claimedUfrag, looksLikeStun } from './stun.ts'

/** Whoever receives at the port: one connection to one browser. */
export interface PacketSink {
  owns(ufrag: string): boolean
  /** A connectivity check; true when it is proven, so that other packets from there are this sink's too. */
  check(message: Buffer, from: Remote): boolean
  data(packet: Buffer): void
}

/** One UDP port number on every address of this machine, shared by all connections of one session. */
export interface UdpPort extends AsyncDisposable {
  readonly port: number
  /** Has its sockets on all addresses that are there now, and says whether there is any of each family. */
  refresh(): Promise<{ readonly ipv4: boolean; readonly ipv6: boolean }>
  attach(sink: PacketSink): void
  detach(sink: PacketSink): void
  send(packet: Buffer, to: Remote): void
}

export type UdpPortOptions = Pick<BoundPortOptions, 'range' | 'addresses'>

/** Browsers that proved themselves from more addresses than this at once are not browsers. */
const maxRoutes = 256

/** @throws NoFreePort */
export async function openUdpPort({ range, addresses }: UdpPortOptions): Promise<UdpPort> {
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
  const bound = await bindPort({
    range,
    addresses,
    hint: 'NEARCADE_UDP_PORTS must have at least one for each seat',
    onSocket: (via, socket) =>
      void socket.on('message', (message, { address, port }) => receive(message, { address, port, via })),
  })
  const { port, sockets } = bound

  return {
    port,
    async refresh() {
      await bound.refresh()
      const families = [...sockets.keys()].map((address) => isIPv6(address))
      return { ipv4: families.includes(false), ipv6: families.includes(true) }
    },
    attach: (sink) => void sinks.add(sink),
    detach(sink) {
      sinks.delete(sink)
      for (const [key, owner] of routes) if (owner === sink) routes.delete(key)
    },
    send: (packet, { address, port: to, via }) => sockets.get(via)?.send(packet, to, address),
    [Symbol.asyncDispose]: () => bound[Symbol.asyncDispose](),
  }
}
