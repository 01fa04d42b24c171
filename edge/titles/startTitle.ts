import { type Access, createAccessNotes } from '../check/access.ts'
import type { Display } from '../display/display.ts'
import { openCallWatch } from '../sandbox/callWatch.ts'
import { insideHome, startGame } from '../sandbox/game.ts'
import type { RunningGame } from '../sandbox/sandbox.ts'
import type { SoundServer } from '../sound/sound.ts'
import { titleFolder } from './build.ts'
import type { Title } from './catalogue.ts'
import type { GameDoor } from './gameDoor.ts'
import { openMessageSocket } from './messageSocket.ts'
import { chromiumCommand, chromiumMounts, pageUrl, pipeDescriptors } from './html5/chromiumCommand.ts'
import { openPage } from './html5/page.ts'
import type { Html5Page } from './html5/page.ts'
import { insideTitle, insideWorkFolder, softwareDrawing, titleCommand } from './titleCommand.ts'

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
  /** Notes what it tries that no sandbox lets it. */
  readonly isWatched?: boolean
  /** Where a native title's socket for messages goes; absent: it gets none. */
  readonly messagesFile?: string
}

/** A running title; `page` takes touch and pads where the title is HTML5, and is null for native ones. */
export interface RunningTitle extends RunningGame {
  readonly page: Html5Page | null
  /** What it has tried so far, where it is watched; null: this machine cannot watch it. */
  readonly access?: () => Access | null
  /** Null: the title takes no messages. */
  readonly messages: GameDoor | null
}

/**
 * Starts a title of either kind in its sandbox, on the main thread.
 * @throws NearcadeError start-failed when there is no bubblewrap; Error when an HTML5 title's browser ends before its page opens.
 */
export async function startTitle(session: TitleSession): Promise<RunningTitle> {
  const { title, display } = session
  const { runtime, limits } = title.manifest
  const folder = titleFolder(title, session.builtDir)
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
  if (runtime.kind === 'linux') {
    const { command, readOnly } = titleCommand(runtime.command, {
      titleFolder: folder,
      node: process.execPath,
    })
    const notes = createAccessNotes('calls', insideTitle)
    const watch = session.isWatched === true ? openCallWatch(notes.call) : null
    const messages =
      title.manifest.messages === true && session.messagesFile !== undefined
        ? await openMessageSocket(session.messagesFile, session.seat)
        : null
    const game = await startGame({
      ...common,
      command,
      readOnly,
      workFolder: insideWorkFolder(runtime.workingFolder) ?? insideHome,
      env: { ...softwareDrawing, ...runtime.env },
      ...(messages === null ? {} : { messagesSocketFile: messages.file }),
      ...(watch === null ? {} : { watch }),
    }).catch(async (error: unknown) => {
      await messages?.[Symbol.asyncDispose]()
      throw error
    })
    return {
      ...game,
      page: null,
      access: () => (watch?.isWatching === true ? notes.found() : null),
      messages,
      async [Symbol.asyncDispose]() {
        await game[Symbol.asyncDispose]()
        await messages?.[Symbol.asyncDispose]()
      },
    }
  }
  const { readOnly } = titleCommand([], { titleFolder: folder, node: process.execPath })
  const game = await startGame({
    ...common,
    command: chromiumCommand(display),
    readOnly: { ...chromiumMounts, ...readOnly },
    env: {},
    extraFds: pipeDescriptors,
    allowUserNamespaces: true,
  })
  try {
    const takesMessages = title.manifest.messages === true
    const notes = createAccessNotes('requests', insideTitle)
    const page = await openPage(browserPipes(game), pageUrl(runtime.page), {
      ...display,
      takesMessages,
      ...(session.isWatched === true ? { onRequest: notes.request } : {}),
    })
    return { ...game, page, messages: page.messages, access: notes.found }
  } catch (error) {
    const lastWords = game.log().slice(-3).join('; ')
    await game[Symbol.asyncDispose]()
    throw new Error(`the browser did not open the title's page: ${lastWords}`, { cause: error })
  }
}

function browserPipes(game: RunningGame): [NodeJS.WritableStream, NodeJS.ReadableStream] {
  const [toBrowser, fromBrowser] = game.pipes
  if (
    toBrowser === undefined ||
    !('write' in toBrowser) ||
    fromBrowser === undefined ||
    !('read' in fromBrowser)
  )
    throw new Error('the sandbox passed no pipes on')
  return [toBrowser, fromBrowser]
}
