import * as z from 'zod/mini'
import { checkClip, checkMeasures, checkReturn } from './check.ts'
import { sha256 } from './content.ts'
import { wireErrorShape } from './error.ts'
import { countryCode, id, shortText, timeMs, titleId } from './ids.ts'
import { sessionEvent, sessionState } from './session.ts'
import { signal } from './signal.ts'
import { streamRequest, videoCodec } from './stream.ts'
import { titleManifest } from './title.ts'
import { nodeGpu } from './titleGpu.ts'

/**
 * Node ⇄ router, JSON texts on `/ws/node`; the node dials out.
 * router `challenge` → node `auth` (Ed25519 over `challengeBytes(nonce)`) → router `accepted` → node `status`, then both speak freely.
 * A first-time node adds its one-time enrolment token; its id is the SHA-256 of its public key, base64url.
 */
const seatReport = z.object({ seatId: z.int(), state: z.enum(['free', 'reserved', 'busy']) })

export const nodeSession = z.object({
  sessionId: id,
  leaseId: id,
  fence: z.int(),
  titleId,
  state: sessionState,
  /** Number of the last event sent for it; the router drops what it has seen. */
  eventSeq: z.int(),
  /** How far away its player is, as the node measures it; absent while nobody plays. A claim that the router weighs. */
  distance: z.optional(
    z.object({
      /** Where the picture goes: the player's address, or a relay's. */
      address: z.string().check(z.maxLength(64)),
      /** The least of the last minutes. */
      rttMs: timeMs.check(z.lte(10_000)),
      samples: z.int().check(z.gte(1)),
    }),
  ),
})
export type NodeSession = z.infer<typeof nodeSession>

/** RFC 8839, section 5.4. Browsers and other nodes are told this of a node: nothing but what belongs there may pass. */
const iceText = z.string().check(z.regex(/^[A-Za-z0-9+/]{1,256}$/))
const beacon = z.object({
  addresses: z.array(z.union([z.ipv4(), z.ipv6()])).check(z.maxLength(32)),
  port: z.int().check(z.gte(1), z.lte(65_535)),
  ufrag: iceText,
  password: iceText,
})

/** Titles that one node is asked to keep ready. */
export const mostKept = 64

const version = titleManifest.shape.version
/** A version of a publisher's title. */
const titleVersion = { titleId, version }
/** Packages that one node is asked to have. */
const mostInstalled = 1000

/** A package that a node is asked to have (config/protocol/package.ts). */
const wantedPackage = z.object({ ...titleVersion, treeId: sha256, sizeBytes: z.int().check(z.gte(0)) })
export type WantedPackage = z.infer<typeof wantedPackage>

export const nodeStatus = z.object({
  kind: z.literal('status'),
  /** Rises with every status, over restarts too; one that comes late is not believed. */
  seq: z.optional(z.int()),
  siteName: z.string().check(z.minLength(1), z.maxLength(80)),
  lat: z.nullable(z.number().check(z.gte(-90), z.lte(90))),
  lon: z.nullable(z.number().check(z.gte(-180), z.lte(180))),
  draining: z.boolean(),
  seats: z.array(seatReport).check(z.maxLength(1024)),
  /** What it can start: its own titles and the packages that it has, one entry a version. */
  titles: z.array(z.object({ id: titleId, version: z.string() })).check(z.maxLength(10_000)),
  codecs: z.array(videoCodec),
  beacon: z.nullable(beacon),
  sessions: z.array(nodeSession).check(z.maxLength(1024)),
  agentVersion: shortText,
  /** Where it stands. A claim, like its coordinates. */
  country: z.optional(countryCode),
  /** From a frame's capture to its encoding, p95 over what its recent sessions reported; absent while nothing was measured. */
  encodeP95Ms: z.optional(timeMs.check(z.lte(60_000))),
  /** What its titles can draw with; null or absent: nothing but the processor. A claim. */
  gpu: z.optional(z.nullable(nodeGpu)),
  /** Titles that it keeps ready, of those that it was asked to keep. */
  ready: z.optional(z.array(titleId).check(z.maxLength(mostKept))),
  /** What its host asks for a session, in cents of the network's currency. */
  centsPerHour: z.optional(z.number().check(z.gte(0), z.lte(100_000))),
  /** Packages that are on their way. */
  installing: z.optional(
    z
      .array(
        z.object({
          ...titleVersion,
          doneBytes: z.int().check(z.gte(0)),
          totalBytes: z.int().check(z.gte(0)),
        }),
      )
      .check(z.maxLength(16)),
  ),
  /** Packages that it was asked to have and could not install, the most wanted first, each with the last reason. It goes on trying. */
  installFaults: z.optional(
    z.array(z.object({ ...titleVersion, error: wireErrorShape })).check(z.maxLength(64)),
  ),
})
export type NodeStatus = z.infer<typeof nodeStatus>

/** One node's measurement of the way to another. */
const peerPing = z.object({
  nodeId: id,
  rttMs: timeMs.check(z.lte(10_000)),
  samples: z.int().check(z.gte(1), z.lte(100)),
})
export type PeerPing = z.infer<typeof peerPing>

export const fromNode = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('auth'),
    version: z.int(),
    nodeId: id,
    /** Raw 32-byte Ed25519 public key, base64url. */
    publicKey: z.string().check(z.maxLength(64)),
    signature: z.string().check(z.maxLength(128)),
    enrolToken: z.nullable(z.string().check(z.maxLength(200))),
  }),
  nodeStatus,
  z.object({
    kind: z.literal('reserved'),
    requestId: id,
    leaseId: id,
    fence: z.int(),
    seatId: z.int(),
    expiresAtMs: timeMs,
  }),
  z.object({
    kind: z.literal('refused'),
    requestId: id,
    reason: z.enum(['no-seat', 'title-missing', 'codec-missing', 'draining']),
  }),
  z.object({
    kind: z.literal('session-event'),
    sessionId: id,
    fence: z.int(),
    seq: z.int(),
    event: sessionEvent,
  }),
  z.object({ kind: z.literal('signal'), sessionId: id, signal }),
  /** What a session that was started for it has shown; its end comes after. */
  z.object({ kind: z.literal('check'), sessionId: id, measures: checkMeasures }),
  /** Comes before the measures of its session, in the order of its parts. */
  z.extend(checkClip, { kind: z.literal('check-clip'), sessionId: id }),
  z.object({ kind: z.literal('check-return'), sessionId: id, found: checkReturn }),
  /** Round trips to the peers that it was given, least of the samples each. A claim that the router weighs. */
  z.object({
    kind: z.literal('pings'),
    results: z.array(peerPing).check(z.maxLength(256)),
  }),
])
export type FromNode = z.infer<typeof fromNode>

export const toNode = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('challenge'), version: z.int(), nonce: z.string().check(z.maxLength(128)) }),
  z.object({
    kind: z.literal('accepted'),
    heartbeatMs: z.int(),
    /** JWK of the key that signs player tickets. */
    ticketKey: z.record(z.string(), z.unknown()),
    /** The router's clock, for what is dated by it: tickets. */
    nowMs: z.optional(timeMs),
    /** A session whose lease was not renewed for so long ends. */
    leaseMs: z.optional(z.int()),
  }),
  /** Asks for a seat; asking again for the same session is answered with the lease that it has. */
  z.object({
    kind: z.literal('reserve'),
    requestId: id,
    sessionId: id,
    titleId,
    /** Of a package; absent: the node's own title of that id. */
    version: z.optional(version),
    codecs: z.array(videoCodec),
    holdMs: z.int(),
  }),
  /** Commits the lease: the seat is the session's until it ends. Repeating it changes nothing. */
  z.object({
    kind: z.literal('start'),
    sessionId: id,
    leaseId: id,
    fence: z.int(),
    titleId,
    /** As it was reserved. */
    version: z.optional(version),
    /** Nobody comes to play: it is measured, and ended (`check`); or it is seen whether its saves came back (`check-return`). */
    check: z.optional(z.enum(['play', 'return'])),
    guestId: id,
    /** JWT (EdDSA) naming session, node and guest; short-lived. */
    ticket: z.string().check(z.maxLength(2000)),
    stream: streamRequest,
    graceMs: z.int(),
    idleMs: z.int(),
    idleWarningMs: z.int(),
    /** Its events are numbered from here on: another node may have told of it before. */
    afterSeq: z.optional(z.int()),
  }),
  /** Gives a hold back. With a `requestId`, only if that request was the last to be answered with this lease. */
  z.object({ kind: z.literal('release'), leaseId: id, requestId: z.optional(id) }),
  /** The heartbeat's answer: leases of started sessions that the router stands by. */
  z.object({
    kind: z.literal('renew'),
    leaseIds: z.array(id).check(z.maxLength(1024)),
    /** Of the status that this answers; one that is not newer than the last renews nothing. */
    statusSeq: z.optional(z.int()),
  }),
  z.object({
    kind: z.literal('end'),
    sessionId: id,
    /** The lease that is meant; absent: whichever it has. */
    leaseId: z.optional(id),
    reason: z.enum(['player-ended', 'internal', 'start-timeout']),
  }),
  z.object({ kind: z.literal('signal'), sessionId: id, signal }),
  /** Beacons of other sites to measure continuously from now on, in place of all others. */
  z.object({
    kind: z.literal('peers'),
    targets: z.array(z.extend(beacon, { nodeId: id })).check(z.maxLength(64)),
  }),
  /** Titles to keep ready from now on, the most wanted first, in place of all others. Repeating it changes nothing. */
  z.object({ kind: z.literal('keep'), titleIds: z.array(titleId).check(z.maxLength(mostKept)) }),
  /**
   * Packages to have from now on, the most wanted first, in place of all others; it fetches what it lacks (nodePackages.ts). Of what is
   * not named it may keep as much as it has room for. Repeating it changes nothing.
   */
  z.object({
    kind: z.literal('install'),
    packages: z.array(wantedPackage).check(z.maxLength(mostInstalled)),
  }),
  /** The router has stored events of this session up to `seq`; the node may forget them (ended sessions are reported until then). */
  z.object({ kind: z.literal('seen'), sessionId: id, seq: z.int() }),
  z.object({
    kind: z.literal('error'),
    error: wireErrorShape,
  }),
])
export type ToNode = z.infer<typeof toNode>

/** What the node signs: a fixed prefix keeps the signature useless anywhere else. */
export const challengeText = (nonce: string): string => `nearcade-node-auth-v1:${nonce}`
