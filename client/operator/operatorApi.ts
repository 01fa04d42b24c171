import {
  type OperatorDemand,
  type OperatorMap,
  operatorDemand,
  operatorMap,
} from '../../config/protocol/operator.ts'
import { call } from '../ui/api.ts'

export interface OperatorApi {
  map(): Promise<OperatorMap>
  demand(): Promise<OperatorDemand>
}

export function operatorApi(token: string): OperatorApi {
  const headers = { authorization: `Bearer ${token}` }
  return {
    map: () => call(operatorMap, 'GET', '/api/operator/map', { headers }),
    demand: () => call(operatorDemand, 'GET', '/api/operator/demand', { headers }),
  }
}
