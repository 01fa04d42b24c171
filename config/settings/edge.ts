import * as z from 'zod/mini'
import { countryCode } from '../protocol/ids.ts'
import { integerText, listText, numberText, parseSettings } from './parse.ts'
import { defaultStrategies, strategiesText } from './strategies.ts'

const portRange = z
  .pipe(
    z.string().check(z.regex(/^\d{1,5}-\d{1,5}$/, 'must be a range such as 40000-40100')),
    z.transform((text: string) => {
      const [from = 0, to = 0] = text.split('-').map(Number)
      return { from, to }
    }),
  )
  .check(z.refine(({ from, to }) => from >= 1 && from <= to && to <= 65535, 'must be a range within 1-65535'))

const yesOrNo = z.pipe(
  z.enum(['yes', 'no'], { error: 'must be yes or no' }),
  z.transform((text) => text === 'yes'),
)
const addressList = listText.check(
  z.refine(
    (addresses: string[]) =>
      addresses.every((address) => z.safeParse(z.union([z.ipv4(), z.ipv6()]), address).success),
    'must be IPv4 or IPv6 addresses, without ports',
  ),
)

const shape = {
  ROUTER_URL: z._default(
    z.url({ protocol: /^wss?$/, error: 'must be a ws:// or wss:// address' }),
    'ws://127.0.0.1:8080',
  ),
  /** Folder of the node's key, its sessions' homes and saves. */
  DATA: z._default(z.string(), './data'),
  TITLES: z._default(z.string(), './edge/titles'),
  /** One-time token for the first contact with the router. */
  ENROL_TOKEN: z._default(z.string().check(z.maxLength(200)), ''),
  SITE_NAME: z._default(z.string().check(z.minLength(1), z.maxLength(80)), 'This machine'),
  SITE_LAT: z.optional(numberText(-90, 90)),
  SITE_LON: z.optional(numberText(-180, 180)),
  /** ISO 3166-1, two capital letters; titles that may run in some countries only need it. */
  SITE_COUNTRY: z.optional(countryCode),
  /** What its host asks for a session, in cents of the network's currency. */
  CENTS_PER_HOUR: z.optional(numberText(0, 100_000)),
  /** Sessions at once; 0 chooses by cores and memory. */
  SEATS: z._default(integerText(0, 256), 0),
  /** Seats whose display and sound stand ready before anyone asks. */
  WARM_SEATS: z._default(integerText(0, 256), 1),
  /** How often what a running game has saved is sent to the router. */
  SAVE_EVERY_MS: z._default(integerText(200, 3_600_000), 15_000),
  /** What the packages of publishers' titles may take on the node's disk. */
  // Half of it is for the largest build that a router takes (settings/router.ts), in whole blocks.
  PACKAGES_MAX_GIB: z._default(numberText(0, 1_000_000), 66),
  /** Of that disk, left to others whatever the packages may take. */
  PACKAGES_KEEP_FREE_GIB: z._default(numberText(0, 1_000_000), 2),
  /** IPv4 and IPv6 addresses to announce to browsers, comma-separated; behind a 1:1 NAT the public ones. */
  ADVERTISE: z._default(addressList, ['127.0.0.1']),
  /** Whether the interfaces' own addresses are announced too. */
  ANNOUNCE_OWN: z._default(yesOrNo, true),
  IPV6: z._default(yesOrNo, true),
  /** One port a seat, the same number for IPv4 and IPv6. */
  UDP_PORTS: z.optional(portRange),
  /** UDP port of the beacon; 0 takes a free one. */
  BEACON_PORT: z._default(integerText(0, 65535), 0),
  /** TCP port for /healthz and /metrics; 0 takes a free one. */
  EDGE_PORT: z._default(integerText(0, 65535), 0),
  EDGE_HOST: z._default(z.string(), '127.0.0.1'),
  /** For measurements: stages of the way to the browser that are switched off, such as `fec=none,pacer=none`. */
  STRATEGIES: z._default(strategiesText, defaultStrategies),
  LOG_LEVEL: z._default(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
}

/** Without the prefix; whoever starts several programs from one environment gives each its own. */
export const edgeSettingNames: readonly string[] = Object.keys(shape)

export type EdgeSettings = ReturnType<typeof parseEdgeSettings>

/** @throws SettingsError with every fault at once */
export const parseEdgeSettings = (env: Readonly<Record<string, string | undefined>>, file?: unknown) => {
  const text = parseSettings(shape, env, file)
  return {
    routerUrl: text.ROUTER_URL,
    dataDir: text.DATA,
    titlesDir: text.TITLES,
    enrolToken: text.ENROL_TOKEN,
    siteName: text.SITE_NAME,
    siteLat: text.SITE_LAT ?? null,
    siteLon: text.SITE_LON ?? null,
    siteCountry: text.SITE_COUNTRY ?? null,
    centsPerHour: text.CENTS_PER_HOUR ?? null,
    seats: text.SEATS,
    warmSeats: text.WARM_SEATS,
    saveEveryMs: text.SAVE_EVERY_MS,
    packagesMaxBytes: text.PACKAGES_MAX_GIB * 1024 ** 3,
    packagesKeepFreeBytes: text.PACKAGES_KEEP_FREE_GIB * 1024 ** 3,
    advertise: text.ADVERTISE,
    announceOwn: text.ANNOUNCE_OWN,
    ipv6: text.IPV6,
    udpPorts: text.UDP_PORTS ?? null,
    beaconPort: text.BEACON_PORT,
    edgePort: text.EDGE_PORT,
    edgeHost: text.EDGE_HOST,
    strategies: text.STRATEGIES,
    logLevel: text.LOG_LEVEL,
  } as const
}
