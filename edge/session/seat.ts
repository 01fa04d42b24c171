import type { Display } from '../display/display.ts'
import { startDisplay } from '../display/xvfb.ts'
import { startSound } from '../sound/pulse.ts'
import type { SoundServer } from '../sound/sound.ts'
import type { SeatSetup } from './ipc.ts'
import type { SeatParts } from './parts.ts'

export interface PreparedSeat extends SeatParts, AsyncDisposable {
  /** Settles when display and sound are up; rejects when there can be no display. */
  readonly ready: Promise<void>
  /** Settles when there can be no display, or when what stands ready dies before anyone used it. */
  readonly broken: Promise<void>
}

/** Brings display and sound of a seat up at once, so that a game that is asked for later finds them. */
export function prepareSeat(setup: SeatSetup, onSilent: (error: unknown) => void): PreparedSeat {
  const { sessionDir, seatId: seat } = setup
  const opened: Promise<AsyncDisposable>[] = []
  const open = ({ widthPx, heightPx }: { widthPx: number; heightPx: number }): Promise<Display> => {
    const display = startDisplay({ sessionDir, seat, widthPx, heightPx })
    opened.push(display)
    return display
  }
  let display = open(setup)
  const soundServer = startSound({ sessionDir, seat })
  opened.push(soundServer)
  const first = display
  let used = false
  const broken = new Promise<void>((resolve) => {
    const look = (): void => {
      if (!used) resolve()
    }
    first.then(({ exited }) => exited.then(look), look)
    soundServer.then(
      ({ exited }) => exited.then(look),
      () => {},
    )
  })
  const sound: Promise<SoundServer | null> = soundServer.catch((error: unknown) => {
    onSilent(error)
    return null
  })
  return {
    ready: Promise.all([display, sound]).then(() => {}),
    broken,
    sound,
    async displayOf(size) {
      used = true
      const standing = await display
      if (standing.widthPx === size.widthPx && standing.heightPx === size.heightPx) return standing
      // Both keep their files in one place: the old one goes first.
      await standing[Symbol.asyncDispose]()
      display = open(size)
      return await display
    },
    async [Symbol.asyncDispose]() {
      used = true
      const results = await Promise.allSettled(opened)
      await Promise.all(
        results.flatMap((result) =>
          result.status === 'fulfilled' ? [result.value[Symbol.asyncDispose]()] : [],
        ),
      )
    },
  }
}
