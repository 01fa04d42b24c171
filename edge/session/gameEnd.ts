import type { EndReason } from '../../config/protocol/session.ts'
import type { GameExit } from '../sandbox/sandbox.ts'

const lastLines = 3
const maxDetailChars = 300

/** Pure: what the end of the game means for the session, with the last lines it wrote where it did not mean to end. */
export function gameEnd(
  exit: GameExit,
  log: readonly string[],
): { reason: EndReason; detail: string | null } {
  if (exit.kind === 'exited' && exit.code === 0) return { reason: 'game-exited', detail: null }
  const what =
    exit.kind === 'exited'
      ? `exit code ${exit.code}`
      : exit.kind === 'signalled'
        ? `signal ${exit.signal}`
        : 'out of memory'
  const said = log
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-lastLines)
  return { reason: 'game-crashed', detail: [what, ...said].join(' · ').slice(0, maxDetailChars) }
}
