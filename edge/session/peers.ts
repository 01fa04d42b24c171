import type { Signal } from '../../config/protocol/signal.ts'
import type { Decoder } from '../../config/protocol/stream.ts'
import type { Peer, PeerEvents } from '../peer/peer.ts'

/**
 * The browsers of one player: at most one plays and one is on its way in. Whoever connects takes the place of whoever
 * played; an attempt that fails disturbs nobody.
 */
export interface Peers {
  signal(signal: Signal): void
  readonly current: Peer | null
  /** What the browser that plays says of its decoders. */
  readonly decoders: readonly Decoder[]
  close(): Promise<void>
}

export interface PeersOptions {
  /**
   * `decoders`: what the browser says of them, empty where it says nothing.
   * @throws where the offer cannot be taken
   */
  accept(
    offerSdp: string,
    events: PeerEvents,
    decoders: readonly Decoder[],
  ): Promise<{ answerSdp: string; peer: Peer }>
  signal(signal: Signal): void
  /** This browser plays now. */
  onConnected(peer: Peer): void
  /** Nobody plays any more. */
  onLost(reason: string): void
  onInput: PeerEvents['onInput']
  onControl(peer: Peer, text: string): void
  onKeyframeRequest(): void
  /** What the peer that plays knows of the network changed. */
  onEstimate(): void
  /** Nothing comes from the browser any more, or it does again, on the same connection. */
  onAlive(alive: boolean): void
  log(fields: object, text: string): void
}

interface Attempt {
  readonly peerId: string
  readonly decoders: readonly Decoder[]
  peer: Peer | null
  dropped: boolean
  /** What came on `control` before the other channels were open, oldest first. */
  readonly early: string[]
}

/** A page says hello as soon as that one channel is open. */
const maxEarly = 16

export function createPeers(options: PeersOptions): Peers {
  let current: Attempt | null = null
  let coming: Attempt | null = null
  let closing = false
  const closings = new Set<Promise<void>>()

  const drop = (attempt: Attempt): void => {
    attempt.dropped = true
    const { peer } = attempt
    if (peer === null) return
    const done = closePeer(peer)
    closings.add(done)
    void done.then(() => closings.delete(done))
  }
  const closePeer = async (peer: Peer): Promise<void> => {
    try {
      await peer[Symbol.asyncDispose]()
    } catch (error) {
      options.log({ err: error }, 'closing a connection failed')
    }
  }
  const reject = (attempt: Attempt, code: 'connect-failed' | 'session-taken' | 'bad-message'): void => {
    options.signal({ kind: 'rejected', peerId: attempt.peerId, code })
  }

  const onConnected = (attempt: Attempt, peer: Peer): void => {
    if (attempt.dropped || closing) return
    const before = current
    current = attempt
    if (coming === attempt) coming = null
    if (before !== null) {
      drop(before)
      reject(before, 'session-taken')
    }
    options.onConnected(peer)
    for (const text of attempt.early.splice(0)) options.onControl(peer, text)
  }
  const onClosed = (attempt: Attempt, reason: string): void => {
    if (attempt.dropped || closing) return
    options.log({ peerId: attempt.peerId, reason }, 'a connection ended')
    drop(attempt)
    if (attempt === coming) {
      coming = null
      reject(attempt, 'connect-failed')
    }
    if (attempt !== current) return
    current = null
    options.onLost(reason)
  }

  const offer = async ({ peerId, sdp, decoders }: Extract<Signal, { kind: 'offer' }>): Promise<void> => {
    if (coming !== null) {
      drop(coming)
      reject(coming, 'session-taken')
    }
    const attempt: Attempt = { peerId, decoders: decoders ?? [], peer: null, dropped: false, early: [] }
    coming = attempt
    try {
      const events: PeerEvents = {
        onInput: (channel, data, receivedAtMs) => {
          if (attempt === current) options.onInput(channel, data, receivedAtMs)
        },
        onControl: (text) => {
          if (attempt === current && attempt.peer !== null) options.onControl(attempt.peer, text)
          else if (!attempt.dropped && attempt.early.length < maxEarly) attempt.early.push(text)
        },
        onKeyframeRequest: () => {
          if (attempt === current) options.onKeyframeRequest()
        },
        onEstimate: () => {
          if (attempt === current) options.onEstimate()
        },
        onAlive: (alive) => {
          if (attempt === current) options.onAlive(alive)
        },
      }
      const accepted = await options.accept(sdp, events, attempt.decoders)
      attempt.peer = accepted.peer
      if (attempt.dropped || closing) return drop(attempt)
      void accepted.peer.closed.then(({ reason }) => onClosed(attempt, reason))
      accepted.peer.connected.then(
        () => onConnected(attempt, accepted.peer),
        () => {},
      )
      options.signal({ kind: 'answer', peerId, sdp: accepted.answerSdp })
    } catch (error) {
      options.log({ peerId, err: error }, 'an offer could not be taken')
      if (coming === attempt) coming = null
      if (!attempt.dropped) reject(attempt, 'connect-failed')
    }
  }

  /** Another offer of a browser that is here already: it looks for a new path for the connection it has. */
  const restart = async (peerId: string, round: number, sdp: string): Promise<void> => {
    const known = [current, coming].find((attempt) => attempt?.peerId === peerId)
    if (known === undefined || known === null) {
      options.signal({ kind: 'rejected', peerId, code: 'connect-failed' })
      return
    }
    if (known.peer === null) return
    try {
      options.signal({ kind: 'answer', peerId, round, sdp: await known.peer.restartIce(sdp) })
    } catch (error) {
      options.log({ peerId, err: error }, 'a path could not be sought anew')
      reject(known, 'connect-failed')
    }
  }

  return {
    signal(signal) {
      if (closing) return
      if (signal.kind === 'offer') {
        const known = [current, coming].some((attempt) => attempt?.peerId === signal.peerId)
        if ((signal.round ?? 0) > 0) void restart(signal.peerId, signal.round ?? 0, signal.sdp)
        else if (!known) void offer(signal)
      } else if (signal.kind === 'candidate') {
        const attempt = [coming, current].find((one) => one?.peerId === signal.peerId)
        attempt?.peer?.addRemoteCandidate(signal).catch((error: unknown) => {
          options.log({ peerId: signal.peerId, err: error }, 'a candidate could not be taken')
        })
      }
    },
    get current() {
      return current?.peer ?? null
    },
    get decoders() {
      return current?.decoders ?? []
    },
    async close() {
      closing = true
      for (const attempt of [current, coming]) if (attempt !== null) drop(attempt)
      await Promise.all(closings)
    },
  }
}
