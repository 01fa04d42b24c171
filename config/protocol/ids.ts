import * as z from 'zod/mini'

/** Opaque ids made by us: 1-64 of letters, digits, `-` and `_`. */
export const id = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/))
/** Title ids are part of public addresses: lower case, digits and dashes. */
export const titleId = z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/))
export const timeMs = z.number().check(z.nonnegative())
export const shortText = z.string().check(z.maxLength(500))
/** ISO 3166-1, two capital letters. */
export const countryCode = z.string().check(z.regex(/^[A-Z]{2}$/))
