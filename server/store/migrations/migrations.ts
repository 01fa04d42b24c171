import { start } from './0001-start.ts'
import { waiting } from './0002-waiting.ts'
import { history } from './0003-history.ts'
import { trust } from './0004-trust.ts'
import { demand } from './0005-demand.ts'
import { quickWrites } from './0006-quickWrites.ts'
import { saves } from './0007-saves.ts'
import { parties } from './0008-parties.ts'
import { waits } from './0009-waits.ts'
import { fewerWays } from './0010-fewerWays.ts'
import { players } from './0012-players.ts'
import { accounts } from './0013-accounts.ts'
import { packages } from './0014-packages.ts'
import { publishing } from './0015-publishing.ts'
import { embed } from './0016-embed.ts'
import { checkPictures } from './0017-checkPictures.ts'
import { checkClips } from './0023-checkClips.ts'
import { playQuality } from './0018-playQuality.ts'
import { media } from './0019-media.ts'
import { events } from './0020-events.ts'
import { leaving } from './0021-leaving.ts'
import { packageCharges } from './0022-packageCharges.ts'
import { hosts } from './0026-hosts.ts'
import { launchKeyUse } from './0025-launchKeyUse.ts'
import { playOrigins } from './0024-playOrigins.ts'

/** In the order they are applied. They are modules, not .sql files, so that a bundled router carries them. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  start,
  waiting,
  history,
  trust,
  demand,
  quickWrites,
  saves,
  parties,
  waits,
  fewerWays,
  players,
  accounts,
  packages,
  publishing,
  embed,
  checkPictures,
  checkClips,
  playQuality,
  media,
  events,
  leaving,
  packageCharges,
  hosts,
  playOrigins,
  launchKeyUse,
]
