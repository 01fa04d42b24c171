import * as z from 'zod/mini'
import {
  type PlayerData,
  playerData,
  type StandingOrganisations,
  standingOrganisations,
} from '../../config/protocol/leaving.ts'
import { call } from '../ui/api.ts'

const player = '/api/account/player'

export const playerExportAddress = `${player}/export`

export const leavingApi = {
  playerData: (): Promise<PlayerData> => call(playerData, 'GET', player),
  forgetPlayer: (): Promise<unknown> => call(z.unknown(), 'DELETE', player),
  /** What would be without an owner. */
  standing: async (): Promise<StandingOrganisations['organisations']> =>
    (await call(standingOrganisations, 'GET', '/api/account/leaving')).organisations,
}
