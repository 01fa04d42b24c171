import type { PlayerData } from '../../config/protocol/leaving.ts'
import type { SaveFile } from '../../config/protocol/saves.ts'
import type { BlobStore } from '../blobs/blobStore.ts'
import type { Log } from '../log.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { LeavingStore } from '../store/leavingStore.ts'
import { type Archive, archiveOf, type ArchiveEntry } from './archive.ts'

/** What is kept of whoever plays, with an account or without. */
export interface Players {
  summary(playerId: string): Promise<PlayerData>
  /** All of it as a ZIP, in a stream. */
  archive(playerId: string): Promise<Archive>
  /** Ends what they play and drops everything. */
  forget(playerId: string): Promise<void>
  /** Ends what they play. */
  end(playerId: string): Promise<void>
}

export interface PlayersContext {
  readonly store: LeavingStore
  /** Of saves. */
  readonly blobs: Pick<BlobStore, 'get'>
  readonly sessions: Pick<Sessions, 'openOf' | 'end'>
  readonly log: Log
}

const sessionsAtOnce = 500

export function createPlayers({ store, blobs, sessions, log }: PlayersContext): Players {
  async function* bytesOf({ path, chunks }: SaveFile): AsyncIterable<Uint8Array> {
    for (const sha256 of chunks) {
      const blob = await blobs.get(sha256)
      if (blob === null) throw new Error(`a chunk of ${path} is not there`)
      yield* blob.bytes
    }
  }

  async function* sessionLines(playerId: string): AsyncIterable<Uint8Array> {
    for (let after = ''; ; ) {
      const some = await store.sessionsOf(playerId, after, sessionsAtOnce)
      for (const { state, createdAtMs, ...session } of some)
        yield line({
          ...session,
          createdAt: timeOf(createdAtMs),
          ended: state.kind === 'ended' ? { at: timeOf(state.endedAtMs), reason: state.reason } : null,
        })
      after = some.at(-1)?.id ?? ''
      if (some.length < sessionsAtOnce) return
    }
  }

  async function end(playerId: string): Promise<void> {
    for (const { id } of await sessions.openOf(playerId)) await sessions.end(playerId, id)
  }

  return {
    async summary(playerId) {
      const [saves, count, ratings] = await Promise.all([
        store.savesOf(playerId),
        store.countSessions(playerId),
        store.ratingsOf(playerId),
      ])
      return {
        saves: saves.map(({ titleId, slot, takenAtMs, files }) => ({
          titleId,
          slot,
          takenAtMs,
          files: files.length,
          bytes: files.reduce((sum, { size }) => sum + size, 0),
        })),
        sessions: count,
        ratings: ratings.length,
      }
    },
    async archive(playerId) {
      const saves = await store.savesOf(playerId)
      const ratings = await store.ratingsOf(playerId)
      const entries: ArchiveEntry[] = [
        { path: 'sessions.jsonl', bytes: () => sessionLines(playerId) },
        {
          path: 'ratings.jsonl',
          bytes: () => ratings.map(({ atMs, ...rating }) => line({ ...rating, at: timeOf(atMs) })),
        },
        ...saves.flatMap(({ titleId, slot, files }) =>
          files.map((file) => ({
            path: `saves/${titleId}/${slot}/${file.path}`,
            size: file.size,
            mtimeMs: file.mtimeMs,
            bytes: () => bytesOf(file),
          })),
        ),
      ]
      return archiveOf(entries, (cause) => log.error({ err: cause }, 'what a player has could not be read'))
    },
    async forget(playerId) {
      await end(playerId)
      await store.forgetPlayer(playerId)
    },
    end,
  }
}

const line = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`)
const timeOf = (ms: number): string => new Date(ms).toISOString()
