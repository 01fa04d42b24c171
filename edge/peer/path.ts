import { isIPv6 } from 'node:net'
import type { RTCIceTransport } from 'werift'
import { announcedAddresses, hostCandidates, listenAddresses, ownAddresses } from '../ice/hostCandidates.ts'
import { createIceLite } from '../ice/iceLite.ts'
import { openUdpPort, type PacketSink } from '../ice/udpPort.ts'
import { remoteUfrag, restartedAnswer, withCandidates } from './answer.ts'
import type { PeerOptions } from './peer.ts'
import { replaceIce } from './weriftIce.ts'

export interface PathEvents {
  /** Something proven came from the browser. */
  onHeard(): void
  /** The browser is reached by another address from now on. */
  onMoved(): void
}

/** How packets get from this node to one browser and back. */
export interface Path {
  /** Goes below DTLS; before the answer is made. */
  carry(transport: RTCIceTransport): void
  /** werift's answer with this node's candidates. */
  answer(answerSdp: string): Promise<string>
  /** The answer to the offer of an ICE restart. @throws where the offer names no credentials, or before the first answer */
  restart(offerSdp: string): Promise<string>
  /** Where the browser is reached, as it is seen here; null before it is. */
  readonly remoteAddress: string | null
  close(): Promise<void>
}

/** @throws NoFreePort, or where the offer names no credentials */
export async function openPath(offerSdp: string, options: PeerOptions, events: PathEvents): Promise<Path> {
  const ufragOf = (sdp: string): string => {
    const ufrag = remoteUfrag(sdp)
    if (ufrag === null) throw new Error('the offer has no ICE credentials')
    return ufrag
  }
  const agent = createIceLite(ufragOf(offerSdp))
  const announce = {
    advertise: options.advertise,
    own: options.announceOwn ?? true,
    ipv6: options.ipv6 ?? true,
  }
  const port =
    (await options.udpPort?.()) ??
    (await openUdpPort({ range: options.udpPorts ?? null, addresses: () => listenAddresses(announce) }))
  let below: ReturnType<typeof replaceIce> | null = null
  let answered: string | null = null
  let restartedFor = ufragOf(offerSdp)

  const sink: PacketSink = {
    owns: (ufrag) => agent.owns(ufrag),
    check(message, from) {
      const wasNominated = agent.nominated !== null
      const checked = agent.check(message, from)
      if (checked === null) return false
      port.send(checked.response, from)
      events.onHeard()
      if (agent.nominated !== null) below?.established()
      if (checked.moved && wasNominated) events.onMoved()
      return true
    },
    data(packet) {
      events.onHeard()
      below?.received(packet)
    },
  }
  port.attach(sink)

  /** The node's own networks may have changed since the last answer. */
  const candidates = async (): Promise<string[]> => {
    const has = await port.refresh()
    const told = announcedAddresses(announce, ownAddresses())
    return hostCandidates(
      told.filter((address) => (isIPv6(address) ? has.ipv6 : has.ipv4)),
      port.port,
    )
  }

  return {
    carry(transport) {
      below = replaceIce(transport, {
        credentials: agent.local,
        send(packet) {
          if (agent.nominated !== null) port.send(packet, agent.nominated)
        },
      })
    },
    async answer(answerSdp) {
      answered = withCandidates(answerSdp, await candidates())
      return answered
    },
    async restart(nextOfferSdp) {
      if (answered === null) throw new Error('there is nothing to restart yet')
      const ufrag = ufragOf(nextOfferSdp)
      // The same offer again: its answer was lost on the way.
      if (ufrag === restartedFor) return answered
      restartedFor = ufrag
      agent.restart(ufrag)
      answered = restartedAnswer(withCandidates(answered, await candidates()), agent.local)
      return answered
    },
    get remoteAddress() {
      return agent.nominated?.address ?? null
    },
    async close() {
      port.detach(sink)
      below?.abandoned()
      if (options.udpPort === undefined) await port[Symbol.asyncDispose]()
    },
  }
}
