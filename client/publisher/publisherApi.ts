import * as z from 'zod/mini'
import {
  type Promotion,
  type PublishedTitle,
  publishedTitle,
  publishedTitles,
  type TitleDetails,
  titleDetails,
  type TitleLogs,
  titleLogs,
  type TitleStats,
  type TitleVersion,
  titleStats,
  titleVersion,
} from '../../config/protocol/publishing.ts'
import { type TitleRatings, titleRatings } from '../../config/protocol/ratings.ts'
import { call } from '../ui/api.ts'

export interface PublisherApi {
  titles(): Promise<readonly PublishedTitle[]>
  title(titleId: string): Promise<TitleDetails>
  /** Begins its check: a real session on a seat. */
  check(titleId: string, version: string): Promise<TitleVersion>
  /** A picture of the screen, of the version's last check. */
  pictureAddress(titleId: string, version: string, name: string): string
  /** The clip of it. */
  clipAddress(titleId: string, version: string): string
  promote(titleId: string, promotion: Promotion): Promise<PublishedTitle>
  rollBack(titleId: string): Promise<PublishedTitle>
  withdraw(titleId: string): Promise<PublishedTitle>
  restore(titleId: string): Promise<PublishedTitle>
  deleteVersion(titleId: string, version: string): Promise<TitleDetails>
  /** The title goes for good: its versions, figures, and what players have saved in it. */
  remove(titleId: string): Promise<unknown>
  /** Days as `2026-11-30`, UTC, both included. */
  stats(titleId: string, from: string, to: string): Promise<TitleStats>
  /** @param by how it played, by this; absent: its plays */
  csvAddress(titleId: string, from: string, to: string, by?: 'day' | 'region'): string
  ratings(titleId: string): Promise<TitleRatings>
  logs(titleId: string, limit: number): Promise<TitleLogs>
  /** All that is kept of it, as JSON lines. */
  exportAddress(titleId: string): string
}

export function publisherApi(orgId: string): PublisherApi {
  const at = `/api/orgs/${encodeURIComponent(orgId)}/titles`
  const of = (titleId: string): string => `${at}/${encodeURIComponent(titleId)}`
  return {
    titles: async () => (await call(publishedTitles, 'GET', at)).titles,
    title: (titleId) => call(titleDetails, 'GET', of(titleId)),
    check: (titleId, version) => call(titleVersion, 'POST', `${of(titleId)}/check`, { body: { version } }),
    pictureAddress: (titleId, version, name) =>
      `${of(titleId)}/versions/${encodeURIComponent(version)}/pictures/${encodeURIComponent(name)}`,
    clipAddress: (titleId, version) => `${of(titleId)}/versions/${encodeURIComponent(version)}/clip`,
    promote: (titleId, promotion) =>
      call(publishedTitle, 'POST', `${of(titleId)}/promote`, { body: promotion }),
    rollBack: (titleId) => call(publishedTitle, 'POST', `${of(titleId)}/rollback`, { body: {} }),
    withdraw: (titleId) => call(publishedTitle, 'POST', `${of(titleId)}/withdraw`, { body: {} }),
    restore: (titleId) => call(publishedTitle, 'POST', `${of(titleId)}/restore`, { body: {} }),
    remove: (titleId) => call(z.unknown(), 'DELETE', of(titleId)),
    stats: (titleId, from, to) => call(titleStats, 'GET', `${of(titleId)}/stats?from=${from}&to=${to}`),
    csvAddress: (titleId, from, to, by) =>
      `${of(titleId)}/stats?from=${from}&to=${to}&format=csv${by === undefined ? '' : `&by=${by}`}`,
    ratings: (titleId) => call(titleRatings, 'GET', `${of(titleId)}/ratings`),
    logs: (titleId, limit) => call(titleLogs, 'GET', `${of(titleId)}/logs?limit=${limit}`),
    exportAddress: (titleId) => `${of(titleId)}/export`,
    deleteVersion: (titleId, version) =>
      call(titleDetails, 'DELETE', `${of(titleId)}/versions/${encodeURIComponent(version)}`),
  }
}
