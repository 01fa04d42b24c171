import * as z from 'zod/mini'
import { embedOriginRule, isEmbedOrigin } from '../embedOrigins.ts'
import { accountSettings, accountShape } from './accounts.ts'
import { bucketText } from './bucket.ts'
import { integerText, listText, parseSettings, SettingsError } from './parse.ts'

/** RFC 7065. */
const turnUrl = /^turns?:(?:\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/i

const shape = {
  /** TCP port of the web app, API and sockets; 0 takes a free one. */
  PORT: z._default(integerText(0, 65535), 8080),
  /** Address to listen on. Browsers grant keyboard lock, pointer lock and clipboard only on localhost or HTTPS. */
  HOST: z._default(z.string(), '127.0.0.1'),
  /** Folder of the store and the signing keys. */
  DATA: z._default(z.string(), './data'),
  /** Folder of title folders, each with a nearcade.title.json. */
  TITLES: z._default(z.string(), './edge/titles'),
  /** Folder of the built web app. */
  WEB: z._default(z.string(), './dist/client'),
  /** One-time token that lets one new node enrol; empty: no new nodes. */
  ENROL_TOKEN: z._default(z.string().check(z.maxLength(200)), ''),
  /** Opens `/operator` and its API to whoever has it; empty: there is no such page. */
  OPERATOR_TOKEN: z._default(
    z.string().check(
      z.maxLength(200),
      z.refine(
        (token: string) => /^(?:\S{16,})?$/.test(token),
        'must be 16 characters or more, without spaces',
      ),
    ),
    '',
  ),
  /** How long a session waits, frozen, for its player to come back. */
  GRACE_MS: z._default(integerText(0, 3_600_000), 90_000),
  /** Without any input for this long, the session ends; its player is warned before. */
  IDLE_MS: z._default(integerText(1000, 86_400_000), 900_000),
  IDLE_WARNING_MS: z._default(integerText(0, 3_600_000), 60_000),
  /** A node that is silent or away for this long has lost its sessions. */
  NODE_LOST_MS: z._default(integerText(200, 600_000), 10_000),
  HEARTBEAT_MS: z._default(integerText(50, 60_000), 2_000),
  /** From seat reserved to picture ready; longer ends the session with start-timeout. */
  START_TIMEOUT_MS: z._default(integerText(1000, 600_000), 30_000),
  /** How long a seat that came free is held until its player takes it; then it goes to the next in line. */
  CONFIRM_MS: z._default(integerText(1000, 600_000), 30_000),
  /** How long a node goes on with its sessions without a word from the router. */
  LEASE_MS: z._default(integerText(10_000, 86_400_000), 600_000),
  /** What the saves of one player and title may have to travel between nodes, MiB; more stays on its node. */
  SAVES_MAX_MIB: z._default(integerText(1, 16_384), 256),
  /** What one organisation's packages may take here, GiB. */
  ORG_MAX_GIB: z._default(integerText(1, 1_048_576), 200),
  /** What one package of them may take on a node, unpacked, GiB. */
  PACKAGE_MAX_GIB: z._default(integerText(1, 1_048_576), 32),
  /**
   * What packages leave free of the disk that they are kept on, GiB; empty: 5 GiB or 2 % of it, whichever is more, and no more than a tenth of a
   * small one.
   */
  BLOBS_KEEP_FREE_GIB: z._default(z.union([z.literal(''), integerText(0, 1_048_576)]), ''),
  /** An ffmpeg for pictures and trailers of titles; empty: that of ffmpeg-static, or the system’s. */
  FFMPEG_PATH: z._default(z.string().check(z.maxLength(1000)), ''),
  /** A bucket for saves and packages, `s3://KEY:SECRET@HOST/BUCKET?region=REGION`; empty: folders under DATA. */
  BLOBS_URL: z._default(bucketText, null),
  /** Origins of pages that may frame the titles that the router came with, comma-separated: `https://*.shop.example`. */
  EMBED_ORIGINS: z._default(
    listText.check(z.refine((origins: string[]) => origins.every(isEmbedOrigin), `each ${embedOriginRule}`)),
    [],
  ),
  ...accountShape,
  /** Of a site's seats, how many may be held back for events at one time, percent; 0: none. */
  EVENT_SHARE_PERCENT: z._default(integerText(0, 100), 50),
  /** How long ahead publishers may book seats for an event, and for how long. */
  EVENT_AHEAD_DAYS: z._default(integerText(1, 730), 90),
  EVENT_MAX_HOURS: z._default(integerText(1, 24 * 31), 24),
  /** Events that one organisation may have ahead. */
  EVENTS_PER_ORG: z._default(integerText(0, 1000), 5),
  /** How long before an event its title is installed and made ready where its seats are. */
  EVENT_WARM_UP_MINUTES: z._default(integerText(1, 1440), 60),
  /** Sessions that one guest may have open at once. */
  SESSIONS_PER_GUEST: z._default(integerText(1, 100), 2),
  /** Relays for players whose network blocks UDP, comma-separated: `turn:relay.example:3478?transport=tcp`. */
  TURN_URLS: z._default(
    listText.check(
      z.refine(
        (urls: string[]) => urls.every((url) => turnUrl.test(url)),
        'must be addresses such as turn:relay.example:3478?transport=tcp or turns:relay.example:5349',
      ),
    ),
    [],
  ),
  /** What the relays are given as their shared secret (coturn: static-auth-secret). */
  TURN_SECRET: z._default(z.string().check(z.maxLength(500)), ''),
  /** How long a player's relay credentials are good for. */
  TURN_LIFETIME_S: z._default(integerText(60, 86_400), 3_600),
  /** A city database in the MaxMind DB format, asked before the bundled one; empty: none. */
  GEOIP_MMDB: z._default(
    z
      .string()
      .check(z.maxLength(1000), z.regex(/^$|\.mmdb$/, 'must be the path of a file that ends with .mmdb')),
    '',
  ),
  LOG_LEVEL: z._default(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
}

/** Without the prefix; whoever starts several programs from one environment gives each its own. */
export const routerSettingNames: readonly string[] = Object.keys(shape)

export type RouterSettings = ReturnType<typeof parseRouterSettings>

/** @throws SettingsError with every fault at once */
export const parseRouterSettings = (env: Readonly<Record<string, string | undefined>>, file?: unknown) => {
  const text = parseSettings(shape, env, file)
  const turn =
    text.TURN_URLS.length === 0
      ? null
      : { urls: text.TURN_URLS, secret: text.TURN_SECRET, lifetimeMs: text.TURN_LIFETIME_S * 1000 }
  if ((turn === null) !== (text.TURN_SECRET === '')) {
    const [there, missing] = turn === null ? ['SECRET', 'URLS'] : ['URLS', 'SECRET']
    throw new SettingsError([`NEARCADE_TURN_${there} needs NEARCADE_TURN_${missing} beside it`])
  }
  return {
    port: text.PORT,
    host: text.HOST,
    dataDir: text.DATA,
    titlesDir: text.TITLES,
    webDir: text.WEB,
    enrolToken: text.ENROL_TOKEN,
    operatorToken: text.OPERATOR_TOKEN,
    graceMs: text.GRACE_MS,
    idleMs: text.IDLE_MS,
    idleWarningMs: text.IDLE_WARNING_MS,
    nodeLostMs: text.NODE_LOST_MS,
    heartbeatMs: text.HEARTBEAT_MS,
    startTimeoutMs: text.START_TIMEOUT_MS,
    confirmMs: text.CONFIRM_MS,
    leaseMs: text.LEASE_MS,
    savesMaxBytes: text.SAVES_MAX_MIB * 1024 ** 2,
    ffmpegPath: text.FFMPEG_PATH,
    bucket: text.BLOBS_URL,
    orgMaxBytes: text.ORG_MAX_GIB * 1024 ** 3,
    packageMaxBytes: text.PACKAGE_MAX_GIB * 1024 ** 3,
    blobsKeepFreeBytes: text.BLOBS_KEEP_FREE_GIB === '' ? null : text.BLOBS_KEEP_FREE_GIB * 1024 ** 3,
    embedOrigins: text.EMBED_ORIGINS,
    accounts: accountSettings(text),
    events: {
      sharePercent: text.EVENT_SHARE_PERCENT,
      mostAheadMs: text.EVENT_AHEAD_DAYS * 86_400_000,
      mostLengthMs: text.EVENT_MAX_HOURS * 3_600_000,
      mostOpen: text.EVENTS_PER_ORG,
      warmUpMs: text.EVENT_WARM_UP_MINUTES * 60_000,
    },
    sessionsPerGuest: text.SESSIONS_PER_GUEST,
    turn,
    geoipMmdb: text.GEOIP_MMDB,
    logLevel: text.LOG_LEVEL,
  } as const
}
