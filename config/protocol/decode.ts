import * as z from 'zod/mini'

export interface ProtocolError {
  readonly code: 'bad-message' | 'message-too-large' | 'unsupported-version'
  readonly details: readonly string[]
}
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ProtocolError }

/** Largest text message of a browser, either way, in UTF-16 units. An SDP offer is about 6 kB. */
export const maxMessageChars = 64 * 1024
/** Between router and node: a node's status tells each of its sessions, in about 330 characters. */
export const maxNodeMessageChars = 512 * 1024

/** The one door for plain data: `unknown → T`, with the path of every fault. */
export function decodeValue<T>(schema: z.ZodMiniType<T>, value: unknown): Decoded<T> {
  const parsed = parse(schema, value)
  if (parsed === null) return { ok: false, error: { code: 'bad-message', details: ['too much is wrong'] } }
  if (parsed.success) return { ok: true, value: parsed.data }
  const details = parsed.error.issues
    .slice(0, 8)
    .map((issue) => `${issue.path.join('.') || '(message)'}: ${fault(issue)}`)
  return { ok: false, error: { code: 'bad-message', details } }
}

/** Null: it is nested too deeply, or has more faults than zod can pass on (it spreads their list over the stack). */
function parse<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
): ReturnType<typeof z.safeParse<z.ZodMiniType<T>>> | null {
  try {
    return z.safeParse(schema, value)
  } catch (cause) {
    if (cause instanceof RangeError) return null
    throw cause
  }
}

/** What is wrong, in a few words. The small zod build brings none of its own. */
function fault(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected}`
    case 'unrecognized_keys':
      return `unknown: ${issue.keys.slice(0, 8).join(', ').slice(0, 200)}`
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    default:
      return issue.message.toLowerCase()
  }
}

/** The same for a JSON text from a socket or a data channel. */
export function decodeText<T>(
  schema: z.ZodMiniType<T>,
  text: string,
  maxChars = maxMessageChars,
): Decoded<T> {
  if (text.length > maxChars) {
    return { ok: false, error: { code: 'message-too-large', details: [`${text.length} characters`] } }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, error: { code: 'bad-message', details: ['not JSON'] } }
  }
  return decodeValue(schema, value)
}
