import type * as z from 'zod/mini'
import { type ErrorCode, errorCatalogue, type WireError, wireError } from '../../config/errors.ts'
import {
  type CreateSession,
  errorBody,
  type Me,
  me,
  probeTargets,
  type SessionChoice,
  type SessionView,
  sessionView,
  titleList,
} from '../../config/protocol/api.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import { type EmbedGuest, embedGuest } from '../../config/protocol/embed.ts'
import { type IceServers, iceServers } from '../../config/protocol/ice.ts'
import {
  type CreateParty,
  type JoinParty,
  type PartyChoice,
  type PartyView,
  partyView,
} from '../../config/protocol/party.ts'
import {
  type PlacementReport,
  placementReport,
  type ProbeResult,
  type ProbeTarget,
} from '../../config/protocol/placement.ts'
import { type NewRating, type OwnRating, ownRating } from '../../config/protocol/ratings.ts'
import { type TitleCard, titleCard } from '../../config/protocol/title.ts'
import { playerHeaders } from './playerToken.ts'

/** A refused or failed request, in the catalogue's words. */
export class ApiError extends Error {
  readonly error: WireError
  constructor(error: WireError) {
    super(`${error.code}: ${error.what}`)
    this.name = 'ApiError'
    this.error = error
  }
}

/** Unknown codes (a newer router) keep the texts they came with. */
export function wireErrorOf(error: {
  code: string
  what: string
  next: string
  details?: string[] | undefined
}): WireError {
  const code: ErrorCode = error.code in errorCatalogue ? (error.code as ErrorCode) : 'internal'
  const texts = { code, what: error.what, next: error.next }
  return error.details === undefined ? texts : { ...texts, details: error.details }
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as they are. */
  readonly bytes?: Blob
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  /** Reads refusals that are not in our own form; null: this is none either. */
  readonly faultOf?: (value: unknown, status: number) => WireError | null
}

/** @throws ApiError, also for an unreachable router and for answers that make no sense; a given signal's reason */
export async function call<T>(
  schema: z.ZodMiniType<T>,
  method: string,
  path: string,
  { body, bytes, headers = {}, signal, timeoutMs = 20_000, faultOf }: CallOptions = {},
): Promise<T> {
  let response: Response
  let value: unknown
  const content =
    bytes !== undefined
      ? { body: bytes, type: { 'content-type': 'application/octet-stream' } }
      : body !== undefined
        ? { body: JSON.stringify(body), type: { 'content-type': 'application/json' } }
        : null
  const late = abortAfter(timeoutMs, signal)
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: late.signal,
      headers: { ...playerHeaders(), ...headers, ...content?.type },
      ...(content === null ? {} : { body: content.body }),
    })
    value = await response.json()
  } catch {
    signal?.throwIfAborted()
    throw new ApiError(wireError('router-unreachable'))
  } finally {
    late.done()
  }
  if (!response.ok) {
    const failed = decodeValue(errorBody, value)
    throw new ApiError(
      failed.ok
        ? wireErrorOf(failed.value.error)
        : (faultOf?.(value, response.status) ?? wireError('internal')),
    )
  }
  const decoded = decodeValue(schema, value)
  if (!decoded.ok) throw new ApiError(wireError('bad-message', decoded.error.details))
  return decoded.value
}

/** A signal that fires with the given one or at the time limit; not every browser has `AbortSignal.any`. */
function abortAfter(ms: number, given: AbortSignal | undefined): { signal: AbortSignal; done(): void } {
  const limit = new AbortController()
  const abort = (): void => limit.abort()
  const timer = setTimeout(abort, ms)
  if (given?.aborted === true) abort()
  given?.addEventListener('abort', abort)
  return {
    signal: limit.signal,
    done() {
      clearTimeout(timer)
      given?.removeEventListener('abort', abort)
    },
  }
}

export const api = {
  titles: async (): Promise<readonly TitleCard[]> => (await call(titleList, 'GET', '/api/titles')).titles,
  title: (titleId: string): Promise<TitleCard> =>
    call(titleCard, 'GET', `/api/titles/${encodeURIComponent(titleId)}`),
  /** What is staged, for whoever has its link. */
  stagedTitle: (testToken: string): Promise<TitleCard> =>
    call(titleCard, 'GET', `/api/test/${encodeURIComponent(testToken)}`),
  me: (): Promise<Me> => call(me, 'GET', '/api/me'),
  probeTargets: async (): Promise<readonly ProbeTarget[]> =>
    (await call(probeTargets, 'GET', '/api/probes')).targets,
  moreProbeTargets: async (results: readonly ProbeResult[]): Promise<readonly ProbeTarget[]> =>
    (await call(probeTargets, 'POST', '/api/probes', { body: { results } })).targets,
  ice: (): Promise<IceServers> => call(iceServers, 'GET', '/api/ice'),
  createSession: (request: CreateSession): Promise<SessionView> =>
    call(sessionView, 'POST', '/api/sessions', { body: request }),
  session: (id: string): Promise<SessionView> => call(sessionView, 'GET', `/api/sessions/${id}`),
  placement: (id: string): Promise<PlacementReport> =>
    call(placementReport, 'GET', `/api/sessions/${id}/placement`),
  choose: (id: string, choice: SessionChoice): Promise<SessionView> =>
    call(sessionView, 'POST', `/api/sessions/${id}/choice`, { body: choice }),
  /** Who plays in a frame of another site's page. @param launchToken of that site's backend; null: nobody that it knows */
  embedGuest: (titleId: string, launchToken: string | null): Promise<EmbedGuest> =>
    call(embedGuest, 'POST', '/api/embed/guests', {
      body: launchToken === null ? { titleId } : { titleId, launchToken },
    }),
  /** @param sessionId that has just ended */
  rating: (titleId: string, sessionId: string): Promise<OwnRating> =>
    call(ownRating, 'GET', `${ratingPath(titleId)}?session=${encodeURIComponent(sessionId)}`),
  rate: (titleId: string, rating: NewRating): Promise<OwnRating> =>
    call(ownRating, 'PUT', ratingPath(titleId), { body: rating }),
  takeRatingBack: (titleId: string): Promise<OwnRating> => call(ownRating, 'DELETE', ratingPath(titleId)),
  endSession: (id: string): Promise<SessionView> => call(sessionView, 'DELETE', `/api/sessions/${id}`),
}

const ratingPath = (titleId: string): string => `/api/titles/${encodeURIComponent(titleId)}/rating`

const partyPath = (code: string): string => `/api/parties/${encodeURIComponent(code)}`

export const partyApi = {
  createParty: (party: CreateParty): Promise<PartyView> =>
    call(partyView, 'POST', '/api/parties', { body: party }),
  party: (code: string): Promise<PartyView> => call(partyView, 'GET', partyPath(code)),
  joinParty: (code: string, entry: JoinParty): Promise<PartyView> =>
    call(partyView, 'POST', `${partyPath(code)}/members`, { body: entry }),
  leaveParty: (code: string): Promise<PartyView> => call(partyView, 'DELETE', `${partyPath(code)}/members`),
  chooseForParty: (code: string, choice: PartyChoice): Promise<PartyView> =>
    call(partyView, 'POST', `${partyPath(code)}/choice`, { body: choice }),
}

/** The catalogue's words for anything that was thrown. */
export const errorOf = (failure: unknown): WireError =>
  failure instanceof ApiError ? failure.error : wireError('internal')
