import express, { type Express } from 'express'
import type { Accounts } from '../accounts/accounts.ts'
import type { Leaving } from '../accounts/leaving.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Guests } from '../guests/guests.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Routing } from '../placement/routing/routing.ts'
import type { TitleMediaDesk } from '../media/titleMedia.ts'
import type { Packages } from '../packages/packages.ts'
import type { Parties } from '../parties/parties.ts'
import type { Players } from '../players/players.ts'
import type { Publishing } from '../publishing/publishing.ts'
import type { Ratings } from '../publishing/ratings.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Operator } from '../operator/operator.ts'
import type { Saves } from '../saves/saves.ts'
import type { TurnSettings } from '../turn/credentials.ts'
import type { Embeds } from '../embed/embeds.ts'
import type { Events } from '../events/events.ts'
import type { Hosts } from '../hosts/hosts.ts'
import { accountRoutes, authRoutes } from './accounts.ts'
import { apiRoutes } from './api.ts'
import { embedRoutes } from './embed.ts'
import { embedPages } from './embedPage.ts'
import { eventRoutes, operatorEventRoutes } from './events.ts'
import { answerErrors } from './errors.ts'
import { healthRoutes } from './health.ts'
import { hostRoutes } from './hosts.ts'
import { mediaRoutes } from './media.ts'
import { titleMediaRoutes } from './titleMedia.ts'
import { nodePackageRoutes } from './nodePackages.ts'
import { operatorDoor, operatorRoutes } from './operator.ts'
import { publishingRoutes, testLinkRoutes } from './publishing.ts'
import { orgAudit } from './orgAudit.ts'
import { requestLog } from './requestLog.ts'
import { saveRoutes } from './saves.ts'
import { schemaRoutes } from './schema.ts'
import { securityHeaders } from './securityHeaders.ts'
import { uploadRoutes } from './uploads.ts'
import { webRoutes } from './web.ts'

/** Everything that HTTP answers from. */
export interface HttpContext {
  readonly sessions: Sessions
  readonly parties: Parties
  readonly guests: Guests
  readonly catalogue: Catalogue
  readonly fleet: Fleet
  readonly routing: Routing
  readonly metrics: Metrics
  readonly clock: Clock
  /** Relays for players; null: none. */
  readonly turn: TurnSettings | null
  readonly operator: Operator
  readonly saves: Saves
  readonly packages: Packages
  readonly publishing: Publishing
  readonly media: TitleMediaDesk
  readonly events: Events
  readonly ratings: Ratings
  readonly accounts: Accounts
  readonly leaving: Leaving
  readonly players: Players
  readonly embeds: Embeds
  readonly hosts: Hosts
  /** Where browsers and nodes find the network; null: by the address that they asked. */
  readonly publicUrl: string | null
  /** Who brings it sees the operator's view; '' where there is none. */
  readonly operatorToken: string
  readonly log: Log
  /** Folder of the built web app. */
  readonly webDir: string
}

export function createApp(context: HttpContext): Express {
  const app = express()
  app.disable('x-powered-by')
  // A proxy on this machine may terminate TLS; nobody else says who a request is from.
  app.set('trust proxy', 'loopback')
  app.set('query parser', 'simple')
  app.use(requestLog(context.metrics, context.log))
  app.use(securityHeaders())
  app.use(healthRoutes(context))
  const { accounts, clock } = context
  const door = operatorDoor(context.operatorToken, accounts.access, clock)
  app.use('/api/auth', authRoutes(accounts, clock))
  app.use('/api/account', accountRoutes(context, clock))
  app.use('/api/operator/events', operatorEventRoutes(context.events, door, accounts))
  app.use('/api/operator', operatorRoutes(context.operator, door))
  app.use('/api/node/saves', saveRoutes(context.saves, context.clock))
  app.use('/api/orgs/:orgId', orgAudit(accounts))
  app.use('/api/orgs/:orgId/uploads', uploadRoutes(context.packages, accounts.access, clock))
  app.use('/api/node/packages', nodePackageRoutes(context))
  app.use('/api/orgs/:orgId/titles/:titleId/media', titleMediaRoutes(context.media, accounts.access))
  app.use('/api/orgs/:orgId/titles', publishingRoutes({ publishing: context.publishing, accounts }))
  app.use('/api/orgs/:orgId/events', eventRoutes(context.events, accounts))
  app.use('/api/orgs/:orgId/nodes', hostRoutes(context.hosts, accounts.access, context.publicUrl))
  app.use('/api/test', testLinkRoutes(context))
  app.use('/api/orgs/:orgId', embedRoutes(context.embeds, accounts.access))
  app.use('/api', apiRoutes(context, door))
  app.use(schemaRoutes())
  app.use('/media', mediaRoutes(context))
  app.use(embedPages(context))
  app.use(webRoutes({ ...context, door }))
  app.use(answerErrors(context.log))
  return app
}
