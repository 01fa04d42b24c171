import { errorCatalogue, type ErrorCode } from '../../config/errors.ts'

/** How a command ends that did not do what it was asked, as scripts see it. */
export const exitCodes = { refused: 1, usage: 2, unreachable: 3 } as const

/** What a user of the command line is told: what happened and what to do. */
export class Fault extends Error {
  readonly kind: keyof typeof exitCodes
  /** Of config/errors.ts where it comes from there. */
  readonly code: string
  readonly next: string
  readonly details: readonly string[]

  constructor(
    kind: keyof typeof exitCodes,
    {
      code,
      what,
      next,
      details = [],
    }: {
      readonly code: string
      readonly what: string
      readonly next: string
      readonly details?: readonly string[] | undefined
    },
    cause?: unknown,
  ) {
    super(what, { cause })
    this.name = 'Fault'
    this.kind = kind
    this.code = code
    this.next = next
    this.details = details
  }
}

/** One of the catalogue. */
export const knownFault = (
  kind: keyof typeof exitCodes,
  code: ErrorCode,
  details: readonly string[] = [],
  cause?: unknown,
): Fault => new Fault(kind, { code, ...errorCatalogue[code], details }, cause)
