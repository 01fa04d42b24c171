/** What hosts meet when their machines join the network. As in errors.ts. */
export const hostErrors = {
  'already-joined': {
    status: 409,
    what: 'This machine belongs to a network already.',
    next: 'Use it as it is, or name another folder with --data for a second node.',
  },
  'join-refused': {
    status: 401,
    what: 'The router does not take this token: it was used, withdrawn or made elsewhere.',
    next: 'Make a new one on the page of your organisation and join with that.',
  },
  'join-token-wrong': {
    status: 400,
    what: 'That is no token to join with.',
    next: 'Copy the whole of it, nce_…@https://…, from the page of your organisation.',
  },
  'not-joined': {
    status: 404,
    what: 'This machine has not joined a network yet.',
    next: 'Join with a token from the page of your organisation (nearcade edge join <token>), or name its folder with --data.',
  },
  'self-test-failed': {
    status: 422,
    what: 'This machine cannot run sessions yet, so it has not joined; its token is still good.',
    next: 'Mend what is listed and join again.',
  },
} as const
