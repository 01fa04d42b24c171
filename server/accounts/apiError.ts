import { APIError } from 'better-auth/api'
import { type ErrorCode, errorCatalogue, wireError } from '../../config/errors.ts'

/** An error of ours that leaves through the library's doors, in its shape and in ours. */
export function refusal(code: ErrorCode, details: readonly string[] = [], retryAfterS?: number): APIError {
  const error = wireError(code, details)
  return new APIError(
    errorCatalogue[code].status,
    { code, message: error.what, error },
    retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) },
  )
}
