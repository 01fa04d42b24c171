import * as z from 'zod/mini'
import { scopes } from '../accounts.ts'

/** `GET /api/account/key`, asked with an API key: what it may do, and for whom. */
export const ownKey = z.object({
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  expiresAtMs: z.nullable(z.number()),
  organisation: z.object({ id: z.string(), name: z.string() }),
})
export type OwnKey = z.infer<typeof ownKey>
