import type { RTCIceTransport } from 'werift'
import { deferred } from './deferred.ts'

/** The path below werift's DTLS: packets out, packets in, and the first moment at which there is one. */
export interface IcePath {
  readonly credentials: { readonly ufrag: string; readonly password: string }
  send(packet: Buffer): void
}

export interface WeriftIce {
  /** A packet came from the browser that is not a check. */
  received(packet: Buffer): void
  /** The browser has nominated a path. */
  established(): void
  /** There will be none any more. */
  abandoned(): void
}

/**
 * Puts our own ICE-lite agent below werift's DTLS in place of werift's. Its agent does not check the integrity of requests,
 * has ufrags of 16 bits, ends the process when two sessions try the same port of a range at once, and forgets the path when
 * the browser restarts ICE.
 */
export function replaceIce(transport: RTCIceTransport, path: IcePath): WeriftIce {
  const { connection } = transport
  const first = deferred<void>()
  first.promise.catch(() => {})
  connection.localUsername = path.credentials.ufrag
  connection.localPassword = path.credentials.password
  // The answer names our candidates, not werift's.
  connection.gatherCandidates = () => {
    connection.localCandidatesEnd = true
    connection.state = 'completed'
    connection.stateChanged.execute('completed')
    return Promise.resolve()
  }
  connection.connect = async () => {
    await first.promise
    connection.state = 'connected'
    connection.stateChanged.execute('connected')
  }
  connection.send = (packet) => {
    path.send(packet)
    return Promise.resolve()
  }
  return {
    received: (packet) => connection.onData.execute(packet),
    established: () => first.resolve(undefined),
    abandoned: () => first.reject(new Error('the browser found no path')),
  }
}
