import type { RequestListener } from 'node:http'
import path from 'node:path'
import { setImmediate as rest } from 'node:timers/promises'
import type { RouterSettings } from '../config/settings/router.ts'
import { openAccounts } from './accounts/accounts.ts'
import { createLeaving } from './accounts/leaving.ts'
import type { PasswordHashing } from './accounts/library.ts'
import { openBlobs } from './blobs/openBlobs.ts'
import { openBuilds } from './builds.ts'
import { startSweeping } from './blobs/sweeping.ts'
import { createCatalogue } from './catalogue/catalogue.ts'
import { loadTitles } from './catalogue/loadTitles.ts'
import { systemClock, type Clock } from './clock.ts'

import { createEmbeds } from './embed/embeds.ts'
import { openEvents } from './events/events.ts'
import { createFleet } from './fleet/fleet.ts'
import { startKeeping } from './fleet/keeping.ts'
import { createFleetMesh } from './fleet/mesh.ts'
import { tokenHash } from './fleet/identity.ts'
import { openGuests } from './guests/guests.ts'
import { createHosts } from './hosts/hosts.ts'
import { createApp } from './http/app.ts'
import { listen } from './http/listen.ts'
import { openMarks } from './keys/marks.ts'
import { openTicketOffice } from './keys/tickets.ts'
import { openLog, type Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import type { SiteDemand } from './placement/expectedSessions.ts'
import { keepPrices } from './placement/keepPrices.ts'
import { openPrior } from './placement/openPrior.ts'
import { createPricing } from './placement/pricing.ts'
import type { Prior } from './placement/prior.ts'
import { createNodeQuality } from './placement/quality.ts'
import { createHistory } from './placement/routing/history.ts'
import { createMesh } from './placement/routing/mesh.ts'
import { createRouting } from './placement/routing/routing.ts'
import { openOperator, type Operator } from './operator/operator.ts'
import { createSaves } from './saves/saves.ts'
import { openParties } from './parties/parties.ts'
import { createPlayers } from './players/players.ts'
import { createChecks } from './publishing/checks.ts'
import { startInstalling } from './publishing/installing.ts'
import { packagesOf } from './publishing/installPlan.ts'
import { createPlays } from './publishing/plays.ts'
import { openPublishing } from './publishing/publishing.ts'
import { createRatings } from './publishing/ratings.ts'
import { openSessions } from './sessions/sessions.ts'
import { openSockets } from './sockets/sockets.ts'
import { openPgliteStore } from './store/pgliteStore.ts'
import type { Store } from './store/store.ts'

/** What a test or another composition may bring along. Whatever is given is closed with the router, as its own would be. */
export interface RouterOverrides {
  readonly clock?: Clock
  readonly log?: Log
  readonly store?: Store
  readonly prior?: Prior
  /** How passwords are kept, in place of scrypt. */
  readonly passwords?: PasswordHashing
}

export interface Router {
  /** The TCP port it listens on. */
  readonly port: number
  /** Lets requests in work finish and says goodbye to sockets. Live sessions go on at their nodes. */
  close(): Promise<void>
}

/** Who owns what at this address besides us. One host so far: whoever runs the router. */
const localHost = 'local'

/**
 * Puts the router together and starts it. Any number of them live in one process.
 * @throws ListenError when the address cannot be taken; nothing is left open then
 */
export async function startRouter(
  settings: RouterSettings,
  overrides: RouterOverrides = {},
): Promise<Router> {
  const opened: (() => void | Promise<void>)[] = []
  let serve: (app: RequestListener) => void = () => {}
  const ready = new Promise<RequestListener>((resolve) => {
    serve = resolve
  })
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const clock = overrides.clock ?? systemClock
    const log = overrides.log ?? openLog(settings.logLevel)
    const prior = overrides.prior ?? (await openPrior(settings.geoipMmdb))
    opened.push(() => prior.close())
    // First of all, so that a taken port is known before anything is touched. Requests wait until there is an answer.
    const http = await listen(
      (request, response) => void ready.then((app) => app(request, response)),
      settings.host,
      settings.port,
    )
    opened.push(() => http.close())
    const metrics = createMetrics()
    opened.push(() => metrics.close())
    const store = overrides.store ?? (await openPgliteStore(path.join(settings.dataDir, 'store')))
    opened.push(() => store.close())

    const { titles, faults } = await loadTitles(settings.titlesDir)
    for (const { file, faults: why } of faults) log.warn({ file, faults: why }, 'title at fault')
    for (const { manifest } of titles) await store.titles.put(manifest, clock.now())
    const catalogue = createCatalogue(titles)
    if (settings.enrolToken !== '') {
      await store.nodes.offerToken({
        hash: tokenHash(settings.enrolToken),
        host: localHost,
        atMs: clock.now(),
        trust: 'operator',
      })
    }
    const guests = await openGuests(
      settings.dataDir,
      clock,
      (cookies) => accounts.playerOf(cookies),
      (playerId) => accounts.isAccounts(playerId),
    )
    const accounts = await openAccounts({
      store: store.accounts,
      dataDir: settings.dataDir,
      port: http.port,
      settings: settings.accounts,
      guestOf: (cookies) => guests.recognise(cookies),
      leave: (accountId) => leaving.account(accountId),
      ...(overrides.passwords === undefined ? {} : { passwords: overrides.passwords }),
      clock,
      log,
    })
    opened.push(() => accounts.close())
    const embeds = createEmbeds({
      store: store.embed,
      titles: store.publishing,
      catalogue,
      guests,
      origins: settings.embedOrigins,
      publicUrl: settings.accounts.publicUrl,
      clock,
    })
    if (settings.accounts.publicUrl === null)
      log.info(
        {},
        'NEARCADE_PUBLIC_URL is not set: launch tokens are taken for whatever name of this network a request comes by',
      )
    const tickets = await openTicketOffice(settings.dataDir, clock)

    const fleet = createFleet({ clock, log, nodeLostMs: settings.nodeLostMs })
    const history = createHistory(store.history, clock)
    const pings = createMesh(clock)
    const routing = createRouting({ fleet: fleet.index, prior, history, mesh: pings, clock })
    opened.push(() => routing.close())
    const pricing = createPricing({ supply: fleet.index.supply, mesh: pings, clock })
    const keptPrices = keepPrices(pricing, clock, log, rest)
    opened.push(() => keptPrices.close())
    const mesh = createFleetMesh({
      fleet,
      record: (nodeId, results) => routing.recordPings(nodeId, results),
      clock,
      log,
      rest,
    })
    opened.push(() => mesh.close())
    const blobsOf = openBlobs(settings.bucket, settings.dataDir)
    const saveBlobs = await blobsOf('saves')
    const saves = createSaves({
      store: store.saves,
      blobs: saveBlobs,
      liveSession: (sessionId) => sessions.live(sessionId),
      findSession: (sessionId) => store.sessions.find(sessionId),
      isThere: (nodeId) => fleet.hasNotLost(nodeId),
      clock,
      log,
      maxBytes: settings.savesMaxBytes,
    })
    const sweeping = startSweeping('saves', saves, clock, log)
    opened.push(() => sweeping.close())
    const { packages, media } = await openBuilds({
      settings,
      store,
      blobsOf,
      changed: (titleIds) => publishing.refresh(titleIds),
      opened,
      clock,
      log,
    })
    // Before the sessions that the store holds open: they play what it says.
    const publishing = await openPublishing({
      store: store.publishing,
      packages,
      catalogue,
      media,
      sessions: { withdraw: (titleId) => sessions.withdraw(titleId) },
      nodes: () => fleet.index.all(),
      onChange: () => installing.soon(),
      deleted: (orgId, titleId) => events.cancelAll(orgId, titleId),
      check: (titleId, version) => checks.begin(titleId, version),
      clock,
      log,
    })
    const events = await openEvents({
      store: store.events,
      titles: store.publishing,
      catalogue,
      fleet,
      wanting: (siteId) => sessions.wanting(siteId),
      onChange: () => installing.soon(),
      limits: settings.events,
      clock,
      log,
      rest,
    })
    opened.push(() => events.close())
    void media
      .begin()
      .catch((cause: unknown) => log.error({ err: cause }, 'what titles show could not be looked at'))
    const sessions = await openSessions({
      store,
      catalogue,
      fleet,
      holds: events.holds,
      prior,
      pricing,
      quality: createNodeQuality(clock),
      routing,
      tickets,
      saves,
      clock,
      log,
      count: metrics.sessions,
      settings,
    })
    let placeOf: Operator['placeOf'] = () => null
    const plays = createPlays({
      sessions,
      store,
      placeOf: (sessionId) => placeOf(sessionId),
      mark: await openMarks(settings.dataDir),
      takeBack: publishing.takeBack,
      log,
    })
    const ratings = createRatings({ store: store.publishing, clock, settled: () => plays.settled() })
    const checks = createChecks({
      store: store.publishing,
      nodesOfHost: async (orgId) => new Set((await store.nodes.ofHost(orgId)).map(({ id }) => id)),
      ...{ sessions, fleet, clock, log },
    })
    // After the sessions, which may still end.
    opened.push(() => plays.close())
    opened.push(() => checks.close())
    opened.push(() => {
      const closed = sessions.close()
      fleet.close()
      return closed
    })
    /** Of each title at each site: players, or seats that are booked for them. */
    const expected = (): SiteDemand => events.wanted(sessions.expected())
    const keeping = startKeeping({ fleet, expected, clock, log, rest })
    opened.push(() => keeping.close())
    const installing = startInstalling({
      fleet,
      packages: () => packagesOf(publishing.offered()),
      expected,
      clock,
      log,
      rest,
    })
    opened.push(() => installing.close())
    await checks.catchUp()
    metrics.observe(fleet, sessions)
    const operator = await openOperator({
      fleet,
      sessions,
      catalogue,
      prior,
      prices: pricing,
      store: store.demand,
      clock,
      log,
    })
    opened.push(() => operator.close())
    placeOf = operator.placeOf
    // Nobody waits for them.
    void plays
      .catchUp()
      .catch((cause: unknown) => log.error({ err: cause }, 'plays from before could not be noted'))

    const parties = await openParties({
      store: store.parties,
      catalogue,
      holds: events.holds,
      fleet: fleet.index,
      routing,
      sessions,
      admit: (titleId) => embeds.admit(titleId, null),
      asked: (sessionId, ip) => operator.asked(sessionId, ip),
      clock,
      log,
    })
    opened.push(() => parties.close())

    const players = createPlayers({ store: store.leaving, blobs: saveBlobs, sessions, log })
    const hosts = createHosts({ store: store.nodes, fleet, clock })
    const leaving = createLeaving({
      store: store.leaving,
      accounts: store.accounts,
      players,
      publishing,
      nodesOf: async (orgId) => (await hosts.nodes(orgId)).nodes,
      events: {
        cancel: (orgId) => events.cancelAll(orgId, null),
        list: async (orgId) => (await events.list(orgId, null)).events,
      },
      door: accounts,
    })

    const { webDir, turn, operatorToken } = settings
    const sockets = openSockets(http.server, {
      guests,
      sessions,
      plays,
      fleet,
      mesh,
      nodes: store.nodes,
      heartbeatMs: settings.heartbeatMs,
      leaseMs: settings.leaseMs,
      ticketKey: tickets.publicKey,
      clock,
      log,
      count: metrics.sockets,
    })
    // Sockets first: the server waits for every connection that was upgraded.
    opened.push(() => http.close())
    opened.push(() => sockets.close())
    opened.push(() => sessions.stop())
    serve(
      createApp({
        sessions,
        parties,
        guests,
        embeds,
        catalogue,
        fleet,
        routing,
        metrics,
        clock,
        turn,
        log,
        operator,
        saves,
        packages,
        publishing,
        media,
        events,
        ratings,
        accounts,
        leaving,
        players,
        hosts,
        publicUrl: settings.accounts.publicUrl,
        operatorToken,
        webDir,
      }),
    )
    const operatorLink = await accounts.offerOperator()
    if (operatorLink !== null)
      log.info(`Nobody runs this network yet. Whoever opens this link first does, once: ${operatorLink}`)
    log.info(
      { host: settings.host, port: http.port, titles: titles.length },
      `listening on port ${http.port}`,
    )
    return { port: http.port, close: closeAll }
  } catch (cause) {
    await closeAll()
    throw cause
  }
}
