import type { Request, Response } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import { probeResults } from '../../config/protocol/api.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import type { Routing } from '../placement/routing/routing.ts'
import { toProbeTarget } from '../placement/snapshot.ts'

type Handler = (request: Request, response: Response) => Promise<void>

/** Who a browser should measure its distance to: a first round, and further ones by what it found. */
export function probeHandlers(
  routing: Pick<Routing, 'targets' | 'more' | 'learn'>,
  /** @throws NearcadeError too-many-requests */
  limit: (request: Request, response: Response) => void,
): { get: Handler; post: Handler } {
  return {
    async get(request, response) {
      limit(request, response)
      const nodes = await routing.targets(request.ip ?? '')
      response.json({ targets: nodes.flatMap(toProbeTarget) })
    },
    async post(request, response) {
      const decoded = decodeValue(probeResults, request.body)
      if (!decoded.ok) throw new NearcadeError('bad-request', decoded.error.details)
      limit(request, response)
      const { results } = decoded.value
      const ip = request.ip ?? ''
      const nodes = await routing.more(ip, results)
      await routing.learn(ip, results)
      response.json({ targets: nodes.flatMap(toProbeTarget) })
    },
  }
}
