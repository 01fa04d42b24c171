import { type OperatorEvents, operatorEvents } from '../../config/protocol/events.ts'
import {
  type OperatorDemand,
  type OperatorMap,
  type OperatorSessions,
  operatorDemand,
  operatorMap,
  operatorSessions,
} from '../../config/protocol/operator.ts'
import { type PlacementReport, placementReport } from '../../config/protocol/placement.ts'
import { call } from '../ui/api.ts'

export interface OperatorApi {
  map(): Promise<OperatorMap>
  demand(): Promise<OperatorDemand>
  sessions(): Promise<OperatorSessions>
  events(): Promise<OperatorEvents>
  /** @returns those that are left */
  cancelEvent(eventId: string): Promise<OperatorEvents>
  /** Why a session is where it is. */
  placement(sessionId: string): Promise<PlacementReport>
}

/** @param token null: whoever is signed in asks */
export function operatorApi(token: string | null): OperatorApi {
  const headers: Readonly<Record<string, string>> = token === null ? {} : { authorization: `Bearer ${token}` }
  return {
    map: () => call(operatorMap, 'GET', '/api/operator/map', { headers }),
    demand: () => call(operatorDemand, 'GET', '/api/operator/demand', { headers }),
    sessions: () => call(operatorSessions, 'GET', '/api/operator/sessions', { headers }),
    events: () => call(operatorEvents, 'GET', '/api/operator/events', { headers }),
    cancelEvent: (eventId) =>
      call(operatorEvents, 'DELETE', `/api/operator/events/${encodeURIComponent(eventId)}`, { headers }),
    placement: (sessionId) =>
      call(placementReport, 'GET', `/api/sessions/${encodeURIComponent(sessionId)}/placement`, { headers }),
  }
}
