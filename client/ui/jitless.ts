import * as z from 'zod/mini'

/** Our Content-Security-Policy has no `unsafe-eval`, so schemas must not compile themselves. Import this before any schema. */
z.config({ jitless: true })
