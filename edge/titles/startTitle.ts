import type { Display } from '../display/display.ts'
import { startGame } from '../sandbox/game.ts'
import type { RunningGame } from '../sandbox/sandbox.ts'
import type { SoundServer } from '../sound/sound.ts'
import { titleFolder } from './build.ts'
import type { Title } from './catalogue.ts'
import { softwareDrawing, titleCommand } from './titleCommand.ts'

export interface TitleSession {
  readonly title: Title
  /** Where `buildTitles` put what it built. */
  readonly builtDir: string
  readonly sessionId: string
  readonly seat: number
  /** The game's home: kept by the caller, who may keep it for the next session as the player's save. */
  readonly homeDir: string
  readonly display: Display
  /** null: the game is silent. */
  readonly sound: Pick<SoundServer, 'socketFile'> | null
}

export async function startTitle(session: TitleSession): Promise<RunningGame> {
  const { title, display } = session
  const { runtime, limits } = title.manifest
  const common = {
    sessionId: session.sessionId,
    seat: session.seat,
    homeDir: session.homeDir,
    displaySocketFile: display.socketFile,
    displayNumber: display.number,
    authFile: display.authFile,
    soundSocketFile: session.sound?.socketFile ?? null,
    limits,
  }
  if (runtime.kind === 'html5') throw new Error('todo')
  const { command, readOnly } = titleCommand(runtime.command, {
    titleFolder: titleFolder(title, session.builtDir),
    node: process.execPath,
  })
  return await startGame({ ...common, command, readOnly, env: { ...softwareDrawing, ...runtime.env } })
}
