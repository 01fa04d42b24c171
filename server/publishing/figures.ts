import type { TitleDetails } from '../../config/protocol/publishing.ts'
import { leastPlayers } from '../../config/protocol/titleQuality.ts'
import type { Clock } from '../clock.ts'
import type { TitleMediaDesk } from '../media/titleMedia.ts'
import type { PublishingStore, StoredTitle } from '../store/publishingStore.ts'
import type { Publishing } from './publishing.ts'
import { ratingsOf } from './ratings.ts'
import { logOf, periodOf, statsView } from './stats.ts'

const rowsAtOnce = 1_000

export interface FiguresContext {
  readonly store: PublishingStore
  readonly media: Pick<TitleMediaDesk, 'own'>
  /** @throws NearcadeError title-not-found */
  own(orgId: string, titleId: string): Promise<StoredTitle>
  details(title: StoredTitle): Promise<TitleDetails>
  readonly clock: Pick<Clock, 'now'>
}

/** What is known of how titles were played, and all of it together. */
export function createFigures({
  store,
  media,
  own,
  details,
  clock,
}: FiguresContext): Pick<Publishing, 'stats' | 'ratings' | 'logs' | 'everything' | 'forgetStats'> {
  return {
    async stats(orgId, titleId, from, to) {
      const period = periodOf(from, to, clock.now())
      await own(orgId, titleId)
      const { fromMs, untilMs } = period
      const figures = await store.playFigures(titleId, fromMs, untilMs)
      return statsView(figures, await store.qualityFigures(titleId, fromMs, untilMs, leastPlayers), period)
    },
    async ratings(orgId, titleId) {
      await own(orgId, titleId)
      return ratingsOf(store, titleId)
    },
    async logs(orgId, titleId, most) {
      await own(orgId, titleId)
      return { sessions: (await store.latestPlays(titleId, most)).map(logOf) }
    },
    async everything(orgId, titleId) {
      const title = await details(await own(orgId, titleId))
      return (async function* () {
        // What nodes do at the moment is nothing that is kept.
        const { versions, installs: _now, ...rest } = title
        yield { kind: 'title', ...rest }
        for (const version of versions) yield { kind: 'version', ...version }
        for (const { id, kind, name, alt, bytes, key, createdAtMs } of await media.own(titleId))
          yield { kind: 'media', is: kind, id, name, alt, bytes, sha256: key, createdAtMs }
        for (let after = ''; ; ) {
          const plays = await store.playsAfter(titleId, after, rowsAtOnce)
          for (const play of plays) yield { kind: 'session', ...logOf(play) }
          after = plays.at(-1)?.sessionId ?? ''
          if (plays.length < rowsAtOnce) break
        }
        for (let after = ''; ; ) {
          const ratings = await store.ratingsAfter(titleId, after, rowsAtOnce)
          for (const { stars, words, version, atMs } of ratings)
            yield { kind: 'rating', stars, text: words, version, atMs }
          after = ratings.at(-1)?.playerId ?? ''
          if (ratings.length < rowsAtOnce) return
        }
      })()
    },
    async forgetStats(orgId, titleId) {
      await own(orgId, titleId)
      await store.forgetPlays(titleId)
    },
  }
}
