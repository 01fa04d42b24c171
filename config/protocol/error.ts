import * as z from 'zod/mini'

/** A WireError (config/errors.ts) as it is read. The code is any text: an older reader still shows what a newer writer says. */
export const wireErrorShape = z.object({
  code: z.string(),
  what: z.string(),
  next: z.string(),
  details: z.optional(z.array(z.string())),
})
