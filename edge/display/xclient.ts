import { connect } from 'node:net'
import x11 from 'x11'
import type { Screen, XClient, XTest } from 'x11'
import { cookieProtocol } from './authority.ts'
import type { Display } from './display.ts'

/** One authenticated connection to a session's display. */
export interface XConnection extends AsyncDisposable {
  readonly client: XClient
  readonly screen: Screen
  /** Settles when the server has gone or the connection was closed. */
  readonly ended: Promise<void>
  atom(name: string): Promise<number>
  extension(name: 'xtest'): Promise<XTest>
  /** Hands everything requested so far to the kernel in one write. */
  flush(): void
}

/**
 * Requests are batched until `flush` or the end of the current turn, so that what belongs together arrives together.
 * X errors of single requests go to `onError`; the connection survives them.
 */
export async function connectDisplay(
  display: Pick<Display, 'socketFile' | 'cookie' | 'number'>,
  onError: (error: Error) => void = () => {},
): Promise<XConnection> {
  const stream = connect(display.socketFile)
  let settled = false
  const client = await new Promise<XClient>((resolve, reject) => {
    const created = x11.createClient(
      {
        display: `:${display.number}`,
        stream,
        auth: { name: cookieProtocol, data: Buffer.from(display.cookie).toString('latin1') },
        bufferRequests: true,
        shm: false,
      },
      (error) => {
        if (error !== undefined) reject(error)
        else resolve(created)
      },
    )
    created.on('error', (error) => {
      if (settled) onError(error)
      else reject(error)
    })
  }).catch((error: unknown) => {
    stream.destroy()
    throw error
  })
  settled = true
  // x11 4.2 keeps one table of atoms for all connections of a process, and the numbers are each server's own
  client.atoms = { ...client.atoms }
  const [screen] = client.display.screen
  if (screen === undefined) throw new Error('the X server has no screen')
  const ended = new Promise<void>((resolve) => stream.once('close', () => resolve()))
  return {
    client,
    screen,
    ended,
    atom: (name) =>
      new Promise((resolve, reject) =>
        client.InternAtom(false, name, (error, atom) => {
          if (error) reject(error)
          else resolve(atom)
          return true
        }),
      ),
    extension: (name) =>
      new Promise((resolve, reject) =>
        client.require(name, (error, extension) => {
          if (error) reject(error)
          else resolve(extension)
        }),
      ),
    flush: () => void client.pack_stream.flush(),
    async [Symbol.asyncDispose]() {
      stream.destroy()
      await ended
    },
  }
}
