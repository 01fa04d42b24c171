import type { Protector } from './protector.ts'

/** No protection: what is lost is sent again. */
export const noProtector: Protector = { protect: () => [] }
