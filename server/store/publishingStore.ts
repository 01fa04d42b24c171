import type { VersionCheck } from '../../config/protocol/publishing.ts'
import type { EndReason } from '../../config/protocol/session.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import type { TitleChannels } from '../publishing/channels.ts'
import type { SessionQuality } from '../publishing/playQuality.ts'
import type { RatingStore } from './ratingStore.ts'

/** How a session came by its build. */
export type SessionChannel = 'live' | 'canary' | 'staging' | 'check'

/** Checks are nobody's play. */
export type PlayChannel = Exclude<SessionChannel, 'check'>

/** Of a publisher's title. */
export interface SessionBuild {
  readonly version: string
  readonly channel: SessionChannel
}

/** Publishers' titles, their builds, and what came of the sessions that played them. */
export interface PublishingStore extends PlayStore, RatingStore {
  /** The id is the organisation's from now on. @returns the title as it is, whoever has it */
  claim(titleId: string, orgId: string, atMs: number): Promise<StoredTitle>
  find(titleId: string): Promise<StoredTitle | null>
  ofOrg(orgId: string): Promise<readonly StoredTitle[]>
  /** All that there are. */
  all(): Promise<readonly StoredTitle[]>
  /** False: the title has moved on from that revision, and nothing changed. */
  move(titleId: string, revision: number, channels: TitleChannels): Promise<boolean>
  /** @returns the version as it is: the one before, where there is one */
  addVersion(version: StoredVersion): Promise<StoredVersion>
  version(titleId: string, version: string): Promise<StoredVersion | null>
  /** Newest first. */
  versions(titleId: string): Promise<readonly StoredVersion[]>
  /** Those of these, `titleId@version` each, that there are. */
  versionsNamed(keys: readonly string[]): Promise<readonly StoredVersion[]>
  countVersions(titleId: string): Promise<number>
  /** What the newest version of each calls it. */
  names(titleIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** In place of those before. @param clip MP4 in base64 */
  putPictures(
    titleId: string,
    version: string,
    pictures: readonly CheckPicture[],
    clip: string | null,
  ): Promise<void>
  /** An MP4; null: there is none. */
  clip(titleId: string, version: string): Promise<Buffer | null>
  /** A PNG; null: there is none of that name. */
  picture(titleId: string, version: string, name: string): Promise<Buffer | null>
  /** Drops the saves of players that checks have made up, where their sessions have ended. @param but of these guests */
  forgetCheckSaves(but: readonly string[]): Promise<void>
  /** Versions whose check was not done when the router stopped. */
  checking(): Promise<readonly StoredVersion[]>
  putCheck(titleId: string, version: string, check: VersionCheck): Promise<void>
  /** Whether any version has this package. */
  hasTree(treeId: string): Promise<boolean>
  /** Versions that sessions play which have not ended, as `titleId@version`. */
  played(): Promise<ReadonlySet<string>>
  /**
   * Deletes it and moves the title's channels, both or neither.
   * @returns false when the title has moved on, or a session plays it
   */
  dropVersion(title: StoredTitle, version: string, channels: TitleChannels): Promise<boolean>
  /**
   * Its versions, what is known of its sessions and the saves of its players go; the id stays the organisation's, withdrawn.
   * @returns false when the title has moved on, or a session plays it
   */
  removeTitle(title: StoredTitle): Promise<boolean>
}

/** Of the screen during a check; `png` in base64. */
export interface CheckPicture {
  readonly name: string
  readonly png: string
}

export interface StoredTitle {
  readonly id: string
  readonly orgId: string
  readonly createdAtMs: number
  readonly channels: TitleChannels
  /** Raised with every change. */
  readonly revision: number
}

export interface StoredVersion {
  readonly titleId: string
  readonly version: string
  readonly treeId: string
  readonly manifest: TitleManifest
  readonly sizeBytes: number
  readonly createdAtMs: number
  readonly createdBy: string
  readonly check: VersionCheck
}

/** What came of a session, without who played. */
export interface TitlePlay {
  readonly sessionId: string
  readonly titleId: string
  readonly version: string
  readonly channel: PlayChannel
  /** Name of the site that served it; '' for none. */
  readonly region: string
  readonly createdAtMs: number
  /** Its player had the first picture; null: never. */
  readonly playAtMs: number | null
  readonly endedAtMs: number
  readonly reason: EndReason
  readonly detail: string | null
  /** About where its player was; null: nobody knows. */
  readonly place: PlayPlace | null
  /** Null: its player's page said nothing. */
  readonly quality: SessionQuality | null
}

/** A cell of one degree, in whole degrees, and the country (ISO 3166-1, or ''). */
export interface PlayPlace {
  readonly country: string
  readonly lat: number
  readonly lon: number
}

export interface Outcome extends Pick<TitlePlay, 'version' | 'channel' | 'reason' | 'playAtMs'> {
  /** Tells players apart, and is shown to nobody. */
  readonly playerId: string
  readonly nodeId: string | null
  readonly network: string | null
}

/** What tells sessions apart that are not independent of each other. Shown to nobody. */
export interface PlayOrigin {
  /** Null: none was found for it. */
  readonly nodeId: string | null
  /** Marks the player's network (server/keys/marks.ts); null: it is not known, or one of somebody's own. */
  readonly network: string | null
}

/** What came of sessions of publishers' titles. */
export interface PlayStore {
  /** Notes once what came of a session. */
  addPlay(play: TitlePlay, origin?: PlayOrigin): Promise<void>
  /** Sessions of publishers' titles that have ended and of which nothing is noted. */
  unnoted(): Promise<readonly string[]>
  /** How sessions ended that were created since, in the order in which they did. */
  outcomes(titleId: string, sinceMs: number): Promise<readonly Outcome[]>
  /** Sessions created from then until before then, but for those that tested what is staged. */
  playFigures(titleId: string, fromMs: number, untilMs: number): Promise<PlayFigures>
  /** How those of them that came to play did. @param leastPlayers different ones that a place needs to stand for itself */
  qualityFigures(
    titleId: string,
    fromMs: number,
    untilMs: number,
    leastPlayers: number,
  ): Promise<StoredQuality>
  /** Latest first. */
  latestPlays(titleId: string, most: number): Promise<readonly TitlePlay[]>
  /** In the order of their sessions' ids. @param after only those behind this one; '' for all */
  playsAfter(titleId: string, after: string, most: number): Promise<readonly TitlePlay[]>
  /** Of sessions that have ended, and its ratings; nothing is noted of them again. */
  forgetPlays(titleId: string): Promise<void>
}

export interface PlayFigures {
  /** One for each day (UTC, `2026-11-23`), region and version. */
  readonly groups: readonly PlayGroup[]
  readonly total: PlaySum
  /** Most players at once, by day. */
  readonly peaks: readonly { readonly day: string; readonly mostAtOnce: number }[]
}
export interface PlaySum {
  readonly plays: number
  readonly minutes: number
  readonly startP50Ms: number | null
  readonly startP95Ms: number | null
}
export interface PlayGroup extends PlaySum {
  readonly day: string
  readonly region: string
  readonly version: string
  /** How many ended so, before and after their player had the game. */
  readonly ends: readonly { readonly reason: EndReason; readonly played: boolean; readonly count: number }[]
}

/** Of the sessions of one group; those that were measured make all but the first figure. Times of clicks are medians of what each had. */
export interface QualitySum extends SessionQuality {
  readonly plays: number
  readonly measured: number
}
export interface StoredQuality {
  readonly total: QualitySum
  readonly days: readonly (QualitySum & { readonly day: string })[]
  readonly regions: readonly RegionSum[]
}
export interface RegionSum extends QualitySum {
  /** '' elsewhere. */
  readonly country: string
  /** Null: the rest of the country. */
  readonly cell: { readonly lat: number; readonly lon: number } | null
  /** Mean of its places as points of a globe of radius 1; null elsewhere. */
  readonly middle: { readonly x: number; readonly y: number; readonly z: number } | null
  /** Days on which as many different players played from there as a place needs. */
  readonly days: readonly (QualitySum & { readonly day: string })[]
}
