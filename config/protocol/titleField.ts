import * as z from 'zod/mini'

/** A field of the manifest with what editors, faults and docs/manifest.md say of it. */
export const field = <T extends z.ZodMiniType>(says: string, schema: T): T => schema.check(z.describe(says))

/** From the root of the build: forward slashes, no step up. */
export const relativePath = z
  .string()
  .check(z.maxLength(300), z.regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/))
