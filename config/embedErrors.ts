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
} as const
