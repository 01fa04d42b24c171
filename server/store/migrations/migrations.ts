import { start } from './0001-start.ts'
import { history } from './0003-history.ts'
import { demand } from './0005-demand.ts'

/** In the order they are applied. They are modules, not .sql files, so that a bundled router carries them. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [start, history, demand]
