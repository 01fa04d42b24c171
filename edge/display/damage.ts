import type { XDamage, XFixes } from 'x11'
import type { Area } from '../media/pixels.ts'
import type { Display } from './display.ts'
import { connectDisplay } from './xclient.ts'

/** Tells when the screen changed and, when asked, where. */
export interface DamageWatch extends AsyncDisposable {
  /**
   * The area that changed since the last call, null when nothing did. What is drawn after this settles is told by another
   * `onDamage`, so pixels read afterwards are never staler than the next call. One round trip to the X server (0.1 ms),
   * in which it also finishes what its clients had already sent: frames drawn by several requests come out whole.
   */
  take(): Promise<Area | null>
}

/** `onDamage` comes once, then again only after the next `take`. Rejects where the server lacks DAMAGE or XFIXES. */
export async function watchDamage(
  display: Pick<Display, 'socketFile' | 'cookie' | 'number'>,
  onDamage: () => void,
): Promise<DamageWatch> {
  const connection = await connectDisplay(display)
  const { client, screen } = connection
  try {
    const damage = await new Promise<XDamage>((resolve, reject) =>
      client.require('damage', (error, extension) => (error ? reject(error) : resolve(extension))),
    )
    const fixes = await new Promise<XFixes>((resolve, reject) =>
      client.require('fixes', (error, extension) => (error ? reject(error) : resolve(extension))),
    )
    const watched = client.AllocID()
    const parts = client.AllocID()
    fixes.CreateRegion(parts, [])
    damage.Create(watched, screen.root, damage.ReportLevel.NonEmpty)
    client.on('event', (event) => {
      if (event.damage === watched) onDamage()
    })
    connection.flush()
    const gone = new Error('the X server has gone')
    let ended = false
    let abandon: ((error: Error) => void) | null = null
    void connection.ended.then(() => {
      ended = true
      abandon?.(gone)
    })
    return {
      take: () =>
        new Promise((resolve, reject) => {
          if (ended) return reject(gone)
          abandon = reject
          damage.Subtract(watched, 0, parts)
          fixes.FetchRegion(parts, (error, region) => {
            if (error) return reject(error)
            const { x, y, width, height } = region.extents
            resolve(width === 0 || height === 0 ? null : { xPx: x, yPx: y, widthPx: width, heightPx: height })
          })
          connection.flush()
        }),
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    }
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    throw error
  }
}
