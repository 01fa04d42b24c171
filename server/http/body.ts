import type { Request } from 'express'
import type * as z from 'zod/mini'
import { NearcadeError } from '../../config/errors.ts'
import { decodeValue } from '../../config/protocol/decode.ts'

/** @throws NearcadeError bad-request */
export function bodyOf<T>(schema: z.ZodMiniType<T>, request: Request): T {
  const decoded = decodeValue(schema, request.body)
  if (!decoded.ok) throw new NearcadeError('bad-request', decoded.error.details)
  return decoded.value
}

/** A part of the address; '' where it has none of that name. */
export function param(request: Request, name: string): string {
  const value = request.params[name]
  return typeof value === 'string' ? value : ''
}
