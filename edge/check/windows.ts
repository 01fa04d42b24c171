import type { Display } from '../display/display.ts'
import { connectDisplay } from '../display/xclient.ts'

export interface SeenWindow {
  readonly xPx: number
  readonly yPx: number
  readonly widthPx: number
  readonly heightPx: number
}

/** Of `XGetWindowAttributes`: 2 is viewable, which is mapped with all that it is in. */
const viewable = 2
const mostWindows = 64

/** Top-level windows that can be seen, uppermost last (QueryTree gives them in stacking order). */
export async function seenWindows(
  display: Pick<Display, 'socketFile' | 'cookie' | 'number'>,
): Promise<readonly SeenWindow[]> {
  await using x = await connectDisplay(display)
  const { client, screen } = x
  const ask = <T>(
    request: (done: (error: Error | null | undefined, answer: T) => unknown) => void,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      void x.ended.then(() => reject(new Error('the X server has gone')))
      request((error, answer) => {
        if (error) reject(error)
        else resolve(answer)
        return true
      })
      x.flush()
    })
  const { children } = await ask<{ children: readonly number[] }>((done) =>
    client.QueryTree(screen.root, done),
  )
  const seen: SeenWindow[] = []
  for (const window of children.slice(-mostWindows)) {
    try {
      const { mapState } = await ask<{ mapState: number }>((done) => client.GetWindowAttributes(window, done))
      if (mapState !== viewable) continue
      const place = await ask<{ xPos: number; yPos: number; width: number; height: number }>((done) =>
        client.GetGeometry(window, done),
      )
      seen.push({ xPx: place.xPos, yPx: place.yPos, widthPx: place.width, heightPx: place.height })
    } catch {
      // It went while it was asked about.
    }
  }
  return seen
}
