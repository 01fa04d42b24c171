import { isIPv4 } from 'node:net'
import { cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { clipParts } from '../../config/protocol/check.ts'
import type { NodeStatus } from '../../config/protocol/nodeSocket.ts'
import type { EdgeSettings } from '../../config/settings/edge.ts'
import { ownAddresses } from '../ice/hostCandidates.ts'
import { sweepLeftovers } from '../sandbox/leftovers.ts'
import { encodableCodecs } from '../stream/codecChoice.ts'
import { buildTitles } from '../titles/build.ts'
import { openNodePackages } from '../packages/nodePackages.ts'
import { remotePackages } from '../packages/remote.ts'
import { seatShare } from '../packages/seatShare.ts'
import { createNodeSaves } from '../saves/nodeSaves.ts'
import { remoteSaves } from '../saves/remote.ts'
import { availableTitles } from '../titles/catalogue.ts'
import { loadIdentity } from '../uplink/identity.ts'
import { startUplink, type Uplink } from '../uplink/uplink.ts'
import { startBeacon } from './beacon.ts'
import { serveHttp } from './http.ts'
import { createLog, passLine, type Logger } from './log.ts'
import { createMetrics } from './metrics.ts'
import { serveControl, type NodeHealth } from './control.ts'
import { createDesk } from './desk.ts'
import { openDrain } from './drain.ts'
import { agentTitles } from './agentTitles.ts'
import { createEncodeTimes } from './encodeTimes.ts'
import { keepEncoderSpeeds } from './encoderSpeeds.ts'
import { startMeshPings } from './meshPings.ts'
import { systemClock } from './nodeClock.ts'
import { openFences } from './fences.ts'
import { sweepRunFolders } from './runFolders.ts'
import { keepReadyTitles } from './readyTitles.ts'
import { chooseSeatCount } from './seats.ts'
import { openStunPing } from './stunPing.ts'
import { forkSession } from './sessionProcess.ts'
import { superviseSessions, type SupervisorTimes } from './supervisor.ts'
import { agentVersion } from './version.ts'

export interface Agent {
  readonly nodeId: string
  readonly httpPort: number
  readonly beaconPort: number
  /** Settles with the first acceptance by the router. */
  readonly accepted: Promise<void>
  /** Takes no new sessions, and settles when the last one has ended by itself. */
  drained(): Promise<void>
  /** Ends every session as `node-stopped`, tells the router, closes everything. Idempotent. */
  close(): Promise<void>
  /** Kills all sessions: makes a `close` under way quick. */
  force(): void
}

/** What a test or an entry file may put in place of the real thing. */
export interface AgentOverrides {
  readonly log?: Logger
  /** Environment of the session processes. */
  readonly sessionEnv?: Readonly<Record<string, string>>
  /** Program of the session processes. */
  readonly sessionEntry?: string
  readonly times?: Partial<SupervisorTimes>
}

/** For the last events of ended sessions to reach the router. */
const farewellMs = 2000

/** Of the memory, for the files of titles that are kept ready. The system takes it back where it is needed. */
const shareForTitles = 1 / 4

/** What the protocol takes. */
const maxBeaconAddresses = 32

const beaconAddresses = ({ advertise, announceOwn, ipv6 }: EdgeSettings): string[] =>
  [...new Set([...advertise, ...(announceOwn ? ownAddresses() : [])])]
    .filter((address) => ipv6 || isIPv4(address))
    .slice(0, maxBeaconAddresses)

/** The node agent: enrols, reports, owns its seats and watches one process a session. It never touches a frame. */
export async function startAgent(settings: EdgeSettings, overrides: AgentOverrides = {}): Promise<Agent> {
  const log = overrides.log ?? createLog(settings.logLevel)
  const opened: AsyncDisposable[] = []
  const closeAll = async (): Promise<void> => {
    for (const thing of opened.splice(0).reverse()) await thing[Symbol.asyncDispose]()
  }
  try {
    const dataDir = resolve(settings.dataDir)
    const titlesDir = resolve(settings.titlesDir)
    const onLeft = (path: string, error: unknown): void =>
      log.warn({ path, err: error }, 'could not remove what a killed process left')
    const swept = { ...(await sweepLeftovers(onLeft)), folders: await sweepRunFolders(onLeft) }
    if (swept.cgroups + swept.screens + swept.folders > 0) log.info(swept, 'removed what a killed agent left')
    const identity = await loadIdentity(dataDir)
    const builtDir = join(dataDir, 'titles')
    const found = await availableTitles(titlesDir)
    await buildTitles(found, builtDir)
    const seats = chooseSeatCount(settings.seats, cpus().length, totalmem())
    const seat = seatShare({ memoryBytes: totalmem(), cores: cpus().length, seats })
    const { advertise, ipv6, beaconPort } = settings
    const beacon = await startBeacon({ port: beaconPort, advertise, ipv6, log })
    opened.push(beacon)

    const drain = openDrain(dataDir, () => uplink.announce())
    const fork = {
      ...(overrides.sessionEntry === undefined ? {} : { entry: overrides.sessionEntry }),
      env: overrides.sessionEnv ?? {},
    }
    const encoders = await keepEncoderSpeeds({
      file: join(dataDir, 'encoders.json'),
      machine: `${cpus()[0]?.model} x ${cpus().length}, Node ${process.version}, agent ${agentVersion}`,
      idle: () => isIdle(),
      fork: (handlers) => forkSession({ ...fork, ...handlers }),
      log,
    })
    opened.push(encoders)
    const packages = await openNodePackages({
      dataDir,
      remote: remotePackages(settings.routerUrl, identity),
      maxBytes: settings.packagesMaxBytes,
      seat,
      keepFreeBytes: settings.packagesKeepFreeBytes,
      inUse: () => desk.packages,
      isBusy: () => !isIdle(),
      onChange() {
        readyTitles.lookAgain()
        uplink.announce()
      },
      clock: systemClock,
      random: Math.random,
      log,
    })
    opened.push(packages)
    const titles = agentTitles(found, packages, { builtDir, seat })
    let onIdle = (): void => {}
    const isIdle = (): boolean => desk.seats.every(({ state }) => state.kind === 'free')
    const desk = createDesk({
      nodeId: identity.nodeId,
      seatCount: seats,
      title: titles.find,
      codecs: () => encodableCodecs(encoders.speeds),
      draining: () => drain.isDraining,
      closing: () => drain.isClosing,
      send: (message) => uplink.send(message),
      onChange() {
        uplink.announce()
        if (isIdle()) onIdle()
      },
      nextFence: openFences(join(dataDir, 'fence'), Date.now()),
      log,
    })
    const saves = createNodeSaves({
      dataDir,
      everyMs: settings.saveEveryMs,
      remote: (sessionId) => remoteSaves(settings.routerUrl, identity, sessionId),
      clock: systemClock,
      log,
    })
    const readyTitles = keepReadyTitles({
      reads: titles.reads,
      maxBytes: totalmem() * shareForTitles,
      onChange: () => uplink.announce(),
    })
    opened.push(readyTitles)
    const supervisor = superviseSessions({
      seats,
      warmSeats: settings.warmSeats,
      setup: {
        titlesDir,
        builtDir,
        advertise: settings.advertise,
        announceOwn: settings.announceOwn,
        ipv6: settings.ipv6,
        udpPorts: settings.udpPorts,
        strategies: settings.strategies,
        logLevel: settings.logLevel,
      },
      fork: (handlers) => forkSession({ ...fork, ...handlers }),
      saves,
      saveGlobs: titles.saves,
      titleFault: async ({ installed }) =>
        installed === undefined ? null : await packages.use(installed.treeId),
      encoderSpeeds: () => encoders.speeds,
      isFree: (seatId) => desk.isFree(seatId),
      onEvent: (sessionId, event, leaseId) => desk.record(sessionId, event, leaseId),
      onSignal: (sessionId, signal) => void uplink.send({ kind: 'signal', sessionId, signal }),
      onCheck(sessionId, found, clip) {
        for (const part of clip === null ? [] : clipParts(clip))
          uplink.send({ kind: 'check-clip', sessionId, ...part })
        uplink.send(
          found.part === 'play'
            ? { kind: 'check', sessionId, measures: found.measures }
            : { kind: 'check-return', sessionId, found: found.found },
        )
      },
      onGone(_sessionId, seatId) {
        desk.gone(seatId)
        packages.released()
      },
      sweep: async () => void (await sweepLeftovers(onLeft)),
      onLine: (line, fields) => passLine(log, line, fields),
      log,
      ...(overrides.times === undefined ? {} : { times: overrides.times }),
    })
    desk.attach(supervisor)

    const encodeTimes = createEncodeTimes()
    const status = (): NodeStatus => ({
      kind: 'status',
      siteName: settings.siteName,
      lat: settings.siteLat,
      lon: settings.siteLon,
      draining: drain.isDraining,
      titles: titles.told,
      ...packages.status(),
      codecs: encodableCodecs(encoders.speeds),
      beacon: {
        addresses: beaconAddresses(settings),
        port: beacon.port,
        ufrag: beacon.ufrag,
        password: beacon.password,
      },
      agentVersion,
      ...(settings.siteCountry === null ? {} : { country: settings.siteCountry }),
      ...(settings.centsPerHour === null ? {} : { centsPerHour: settings.centsPerHour }),
      // Sandboxes have no device of the host: titles draw on the processor, whatever else is built in.
      gpu: null,
      ready: [...readyTitles.ready],
      ...measured(),
      ...reported(),
    })
    const reported = (): ReturnType<typeof desk.report> => {
      const { sessions, ...rest } = desk.report()
      const { reports } = supervisor
      const withDistance = sessions.map((session) => {
        const distance = reports.get(session.sessionId)?.report.distance ?? null
        return distance === null ? session : { ...session, distance }
      })
      return { ...rest, sessions: withDistance }
    }
    const measured = (): Pick<NodeStatus, 'encodeP95Ms'> => {
      encodeTimes.note(supervisor.reports.values())
      const { p95Ms } = encodeTimes
      return p95Ms === null ? {} : { encodeP95Ms: p95Ms }
    }
    let onFirstAccepted = (): void => {}
    const accepted = new Promise<void>((settle) => {
      onFirstAccepted = settle
    })
    const uplink: Uplink = startUplink({
      routerUrl: settings.routerUrl,
      identity,
      enrolToken: settings.enrolToken === '' ? null : settings.enrolToken,
      status,
      onAccepted(terms) {
        desk.accepted(terms)
        onFirstAccepted()
      },
      onMessage(message) {
        if (message.kind === 'peers') mesh.setPeers(message.targets)
        else if (message.kind === 'keep') readyTitles.keep(message.titleIds)
        else if (message.kind === 'install') packages.want(message.packages)
        else desk.receive(message)
      },
      log,
    })
    opened.push({ [Symbol.asyncDispose]: () => uplink.close() })
    const mesh = startMeshPings({ ping: openStunPing(), send: (message) => void uplink.send(message) })
    opened.push(mesh)
    opened.push({
      async [Symbol.asyncDispose]() {
        drain.close()
        await supervisor.close()
        await saves.close()
        await desk.settled(farewellMs)
      },
    })
    const metrics = createMetrics(() => ({
      online: uplink.online,
      draining: drain.isDraining,
      seats: desk.seats,
      sessions: supervisor.reports,
      uplink: uplink.counters(),
      beacon: beacon.counters(),
    }))
    opened.push({ [Symbol.asyncDispose]: async () => metrics.close() })
    const health = (): NodeHealth => ({
      ok: true,
      nodeId: identity.nodeId,
      online: uplink.online,
      draining: drain.isDraining,
      seats,
      sessions: desk.seats.filter(({ state }) => state.kind !== 'free').length,
      titles: [...new Set(titles.told.map(({ id }) => id))],
    })
    const http = await serveHttp({
      host: settings.edgeHost,
      port: settings.edgePort,
      registry: metrics.registry,
      health,
    })
    opened.push(http)
    const control = await serveControl({
      dataDir,
      health,
      setDrained: (drained) => drain.set(drained),
    }).catch((error: unknown) => log.warn({ err: error }, 'this node takes no orders from `nearcade edge`'))
    if (control) opened.push(control)
    log.info(
      {
        nodeId: identity.nodeId,
        seats,
        titles: titles.told.map(({ id }) => id),
        httpPort: http.port,
        beaconPort: beacon.port,
      },
      'the node is up',
    )
    let closing: Promise<void> | null = null
    return {
      nodeId: identity.nodeId,
      httpPort: http.port,
      beaconPort: beacon.port,
      accepted,
      async drained() {
        drain.leave()
        if (isIdle()) return
        await new Promise<void>((resolve) => {
          onIdle = resolve
        })
      },
      close: () => (closing ??= closeAll()),
      force: () => supervisor.force(),
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}
