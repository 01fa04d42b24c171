/** Apart from the catalogue, so that the embedding page's script has these texts without all the others. */
export const embedErrors = {
  'embed-refused': {
    status: 403,
    what: 'The game cannot be shown inside this page.',
    next: "Allow the page's address among the origins of the title, or open the game on its own page.",
  },
  'launch-token-missing': {
    status: 401,
    what: 'This page could not say who you are.',
    next: 'Sign in again, or reload the page.',
  },
  'game-not-playing': {
    status: 409,
    what: 'Nobody plays, so that a message reaches no game.',
    next: 'Send it while the phase is "playing".',
  },
} as const
