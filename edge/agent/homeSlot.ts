import type { SessionJob } from '../session/ipc.ts'

type Home = Pick<SessionJob, 'guestId' | 'titleId' | 'homeSlot'>

/** The lowest home of a guest for a title, from 1, that no running session uses: two games never write the same saves. */
export function freeHomeSlot(running: readonly Home[], { guestId, titleId }: Omit<Home, 'homeSlot'>): number {
  const used = new Set(
    running.filter((job) => job.guestId === guestId && job.titleId === titleId).map((job) => job.homeSlot),
  )
  let slot = 1
  while (used.has(slot)) slot += 1
  return slot
}
