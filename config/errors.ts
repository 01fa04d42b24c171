import { accountErrors } from './accountErrors.ts'
import { embedErrors } from './embedErrors.ts'
import { hostErrors } from './hostErrors.ts'
import { mediaErrors } from './mediaErrors.ts'
import { publishingErrors } from './publishingErrors.ts'

/**
 * Every error that anyone outside the code can meet: what happened, and what to do next.
 * `status` is the HTTP status where the error leaves through HTTP. Codes are stable; texts may be improved.
 */
export const errorCatalogue = {
  ...accountErrors,
  'bad-message': {
    status: 400,
    what: 'A message was malformed.',
    next: 'Reload the page; if it stays, report this code.',
  },
  'bad-request': {
    status: 400,
    what: 'The request was malformed.',
    next: 'Correct the fields named in the details.',
  },
  'choice-gone': {
    status: 409,
    what: 'What you chose is not on offer any more.',
    next: 'Choose from what the page shows now.',
  },
  'connect-failed': {
    status: 502,
    what: 'No path between your browser and the node could be found.',
    next: 'A firewall or VPN may block UDP: allow it or use another network, then try again.',
  },
  'cross-origin': {
    status: 403,
    what: 'The request came from the page of another site.',
    next: 'Open the game from its own page.',
  },
  'edge-gone': {
    status: 503,
    what: 'The node that ran the game went away.',
    next: 'Start the game again: another node takes over.',
  },
  ...embedErrors,
  ...hostErrors,
  'game-crashed': {
    status: 502,
    what: 'The game crashed.',
    next: 'Start it again. If it crashes each time, the title may be broken on this node.',
  },
  'game-messages-malformed': {
    status: 400,
    what: 'A message was no JSON value.',
    next: 'Send what JSON can say: text, numbers, lists, objects.',
  },
  'game-messages-off': {
    status: 409,
    what: 'This game takes no messages of its page.',
    next: 'Write "messages": true into its manifest and push a new version.',
  },
  'game-messages-too-many': {
    status: 429,
    what: 'More messages came than a game or its page may send: 20 a second.',
    next: 'Send fewer, with more in each of them.',
  },
  'game-messages-unread': {
    status: 503,
    what: 'The game does not read its messages.',
    next: 'Send it again later; the game must read them while it runs.',
  },
  'guest-needed': {
    status: 401,
    what: 'Your browser did not say who you are.',
    next: 'Allow cookies for this site and reload the page.',
  },
  internal: {
    status: 500,
    what: 'Something broke on our side.',
    next: 'Try again; the log holds the details.',
  },
  'launch-key-not-found': {
    status: 404,
    what: 'Your organisation has no such launch key.',
    next: 'Look at the list of its keys.',
  },
  'launch-token-expired': {
    status: 401,
    what: 'The launch token has run out.',
    next: 'Reload the page: a new one is made for every visit.',
  },
  'launch-token-needed': {
    status: 403,
    what: 'This game is played on the site of its publisher.',
    next: 'Start it there.',
  },
  'launch-token-refused': {
    status: 401,
    what: 'The launch token is not valid here.',
    next: 'Reload the page. Whoever runs the site finds the reason in the details.',
  },
  'launch-token-used': {
    status: 409,
    what: 'The launch token was used before.',
    next: 'Reload the page: a new one is made for every visit.',
  },
  ...mediaErrors,
  ...publishingErrors,
  'message-too-large': {
    status: 413,
    what: 'A message was larger than allowed.',
    next: 'Send less at once.',
  },
  'method-not-allowed': {
    status: 405,
    what: 'This address does not take that kind of request.',
    next: 'Use a method that the Allow header names.',
  },
  'no-codec': {
    status: 400,
    what: 'This browser can play none of the video formats that Nearcade sends.',
    next: 'Use a current Chrome, Edge, Firefox or Safari.',
  },
  'node-failed': {
    status: 502,
    what: 'The node could not get ready for the game.',
    next: 'Start it again: another node may do better. Its operator finds the reason in its log.',
  },
  'node-full': {
    status: 507,
    what: 'The node has no room left for this title.',
    next: 'Give its packages more room (NEARCADE_PACKAGES_MAX_GIB), or free some of its disk.',
  },
  'node-lacks': {
    status: 409,
    what: 'The node lacks something of its system that the title needs.',
    next: 'Install on it what the details name.',
  },
  'no-node-online': {
    status: 503,
    what: 'No node is online.',
    next: 'Wait a moment for a node to come back, then try again.',
  },
  'no-seat-free': {
    status: 503,
    what: 'Every seat that could run this title is taken.',
    next: 'Try again in a few minutes, or end another session of yours.',
  },
  'node-not-known': {
    status: 401,
    what: 'This node is not enrolled, or its key does not match.',
    next: 'Enrol the node with a fresh one-time token.',
  },
  'not-found': { status: 404, what: 'There is nothing at this address.', next: 'Go back to the library.' },
  'not-in-party': {
    status: 403,
    what: 'You are not in this party.',
    next: 'Open its link and join.',
  },
  'not-leader': {
    status: 403,
    what: 'Somebody else leads this party.',
    next: 'Ask them to start the game.',
  },
  'not-yours': {
    status: 403,
    what: 'This session belongs to somebody else.',
    next: 'Start a session of your own.',
  },
  'nothing-in-reach': {
    status: 503,
    what: 'No node that is online can run this title for you.',
    next: 'Try again later, or pick another title.',
  },
  'party-full': {
    status: 409,
    what: 'This party has as many players as one may have.',
    next: 'Begin another one from the page of the game.',
  },
  'party-not-found': {
    status: 404,
    what: 'There is no such party any more.',
    next: 'Ask for a new link, or begin a party of your own from the page of a game.',
  },
  'router-unreachable': {
    status: 503,
    what: 'Nearcade cannot be reached right now.',
    next: 'Check your connection, then try again.',
  },
  'saves-busy': {
    status: 409,
    what: 'Your saves are just coming in from your last game.',
    next: 'Try again in a few seconds.',
  },
  'saves-full': {
    status: 507,
    what: 'The router has no room left for saves.',
    next: 'Make room on the disk that holds its state folder: until then they stay on their nodes.',
  },
  'saves-moved': {
    status: 409,
    what: 'These saves are in the hands of another node by now.',
    next: 'Leave them alone: what was not saved in time stays on this node.',
  },
  'saves-refused': {
    status: 422,
    what: 'These saves cannot be kept as they are.',
    next: 'Correct what the details name.',
  },
  'saves-unavailable': {
    status: 503,
    what: 'Your saves could not be fetched, so the game was not started without them.',
    next: 'Try again in a moment: they are kept.',
  },
  'session-crashed': {
    status: 502,
    what: 'The process that streamed the game stopped unexpectedly.',
    next: 'Start the game again.',
  },
  'session-ended': { status: 410, what: 'This session has ended.', next: 'Start the game again.' },
  'session-not-found': {
    status: 404,
    what: 'There is no such session.',
    next: 'Start the game from the library.',
  },
  'session-taken': {
    status: 409,
    what: 'You are playing this session in another window.',
    next: 'Go on there, or take it back here.',
  },
  'start-failed': {
    status: 502,
    what: 'The game could not be started.',
    next: 'Try again; if it fails each time, this node lacks something the title needs.',
  },
  'start-timeout': { status: 504, what: 'The game took too long to start.', next: 'Try again in a moment.' },
  'store-full': {
    status: 507,
    what: 'The router has no room left.',
    next: 'Make room on the disk that holds its state folder, or in its bucket.',
  },
  'title-not-found': { status: 404, what: 'There is no such title.', next: 'Pick a title from the library.' },
  'rating-needs-play': {
    status: 403,
    what: 'Only those who have played this title for a minute can rate it.',
    next: 'Play it first; the page asks you at the end.',
  },
  'title-withdrawn': {
    status: 410,
    what: 'This title was withdrawn by its publisher.',
    next: 'Pick another title from the library.',
  },
  'too-many-launch-keys': {
    status: 409,
    what: 'Your organisation has as many launch keys as it may have.',
    next: 'Delete one that nobody signs with any more.',
  },
  'too-many-messages': {
    status: 429,
    what: 'Too many messages came in a short time.',
    next: 'Slow down, then connect again.',
  },
  'too-many-parties': {
    status: 429,
    what: 'You are in as many parties as one player may be in.',
    next: 'Leave one of them first.',
  },
  'too-many-requests': {
    status: 429,
    what: 'Too many requests came from your network in a short time.',
    next: 'Wait a few seconds, then try again.',
  },
  'too-many-sessions': {
    status: 429,
    what: 'You have as many sessions open as one player may have.',
    next: 'End one of them first.',
  },
  'unsupported-version': {
    status: 426,
    what: 'The two ends speak different versions of the protocol.',
    next: 'Reload the page to get the current player.',
  },
} as const satisfies Record<string, { status: number; what: string; next: string }>

export type ErrorCode = keyof typeof errorCatalogue

/** What crosses the wire: a code, its two sentences, and details for the reader (never a stack). */
export interface WireError {
  readonly code: ErrorCode
  readonly what: string
  readonly next: string
  readonly details?: readonly string[]
}

export function wireError(code: ErrorCode, details: readonly string[] = []): WireError {
  const { what, next } = errorCatalogue[code]
  return details.length > 0 ? { code, what, next, details } : { code, what, next }
}

/** The one error class thrown on purpose. `cause` goes to the log, never over the wire. */
export class NearcadeError extends Error {
  readonly code: ErrorCode
  readonly details: readonly string[]
  constructor(code: ErrorCode, details: readonly string[] = [], cause?: unknown) {
    super(`${code}: ${errorCatalogue[code].what}${details.length > 0 ? ` (${details.join('; ')})` : ''}`, {
      cause,
    })
    this.name = 'NearcadeError'
    this.code = code
    this.details = details
  }
  toWire(): WireError {
    return wireError(this.code, this.details)
  }
}
