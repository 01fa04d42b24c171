import type { Mark } from '../keys/marks.ts'
import type { Log } from '../log.ts'
import { isPublicAddress, plainAddress } from '../placement/geoPrior.ts'
import { prefixOf } from '../placement/routing/prefix.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { PlayQuality } from '../../config/protocol/playQuality.ts'
import type { PlayPlace, PublishingStore, TitlePlay } from '../store/publishingStore.ts'
import type { SessionStore, StoredEvent, StoredSession } from '../store/store.ts'
import { canaryFault } from './canary.ts'
import { createQualities, qualityOf } from './playQuality.ts'

/** Notes what comes of sessions of publishers' titles, and takes canaries back that do worse. */
export interface Plays {
  /** What a player's page says of a live session; from anybody but whoever owns it, it counts for nothing. */
  hear(guestId: string, sessionId: string, said: PlayQuality): void
  /** Resolves when all that has ended so far is noted. */
  settled(): Promise<void>
  /** Takes up sessions that ended while nobody could note it, one after the other. */
  catchUp(): Promise<void>
  /** Waits for what is in work. */
  close(): Promise<void>
}

export function createPlays(context: {
  readonly sessions: Pick<Sessions, 'live' | 'onEnd'>
  readonly store: {
    readonly sessions: Pick<SessionStore, 'events' | 'find'>
    readonly publishing: PublishingStore
  }
  /** About where the player of a session is; null: nobody knows. */
  placeOf(sessionId: string): PlayPlace | null
  /** Marks a network without saying which. */
  readonly mark: Mark
  takeBack(titleId: string, version: string, why: string): Promise<void>
  readonly log: Log
}): Plays {
  const { sessions, store, placeOf, mark, takeBack, log } = context
  const qualities = createQualities()
  const tasks = new Set<Promise<void>>()
  let isClosed = false
  /** Titles whose canary is being judged; true: once more after that. */
  const judging = new Map<string, boolean>()

  async function note(session: StoredSession, ip: string | null): Promise<void> {
    // At once: what is open alone is remembered.
    const known = { place: placeOf(session.id), said: qualities.take(session.id) }
    const play = playOf(session, await store.sessions.events(session.id), known)
    if (play === null) return
    await store.publishing.addPlay(play, {
      nodeId: session.placement?.chosenNodeId ?? null,
      network: networkOf(ip, mark),
    })
    if (play.channel === 'canary') await judge(play.titleId)
  }

  async function judge(titleId: string): Promise<void> {
    const isBusy = judging.has(titleId)
    judging.set(titleId, isBusy)
    if (isBusy) return
    try {
      do {
        judging.set(titleId, false)
        const canary = (await store.publishing.find(titleId))?.channels.canary ?? null
        if (canary === null) return
        const why = canaryFault(await store.publishing.outcomes(titleId, canary.sinceMs), canary)
        if (why !== null) await takeBack(titleId, canary.version, why)
      } while (judging.get(titleId) === true)
    } finally {
      judging.delete(titleId)
    }
  }

  function background(sessionId: string, task: () => Promise<void>): Promise<void> {
    const running = task()
      .catch((cause: unknown) => log.error({ err: cause, session: sessionId }, 'a play could not be noted'))
      .finally(() => tasks.delete(running))
    tasks.add(running)
    return running
  }

  sessions.onEnd((session, ip = null) => {
    if (session.build !== undefined) void background(session.id, () => note(session, ip))
  })
  return {
    hear(guestId, sessionId, said) {
      const session = sessions.live(sessionId)
      if (session?.guestId !== guestId || session.build === undefined) return
      if (session.build.channel !== 'check') qualities.hear(sessionId, said)
    },
    async settled() {
      await Promise.all(tasks)
    },
    async catchUp() {
      const sessionIds = await store.publishing.unnoted()
      for (const sessionId of sessionIds) {
        if (isClosed) return
        await background(sessionId, async () => {
          const session = await store.sessions.find(sessionId)
          if (session !== null) await note(session, null)
        })
      }
    },
    async close() {
      isClosed = true
      await Promise.all(tasks)
    },
  }
}

/** Of those that are somebody's own, such as 192.168.0.0/16, each is many networks. */
function networkOf(ip: string | null, mark: Mark): string | null {
  const prefix = ip !== null && isPublicAddress(plainAddress(ip)) ? prefixOf(ip) : null
  return prefix === null ? null : mark(prefix)
}

/** Null: it has not ended, or is of a title that the router came with. */
export function playOf(
  session: StoredSession,
  events: readonly StoredEvent[],
  { place, said }: { readonly place: PlayPlace | null; readonly said: readonly PlayQuality[] },
): TitlePlay | null {
  const { id, titleId, build, state, createdAtMs, placement } = session
  if (build === undefined || build.channel === 'check' || state.kind !== 'ended') return null
  const { version, channel } = build
  const chosen = placement?.candidates.find(({ nodeId }) => nodeId === placement.chosenNodeId)
  const at = (kind: string): number | null => events.find(({ event }) => event.kind === kind)?.atMs ?? null
  // By the router's clock, as everything else.
  const playAtMs = at('play')
  const endedAtMs = at('end') ?? state.endedAtMs
  return {
    sessionId: id,
    titleId,
    version,
    channel,
    region: chosen?.siteName ?? '',
    createdAtMs,
    playAtMs,
    endedAtMs,
    reason: state.reason,
    detail: state.detail,
    place,
    quality: playAtMs === null ? null : qualityOf(said, endedAtMs - playAtMs),
  }
}
