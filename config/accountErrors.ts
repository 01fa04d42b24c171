/** What people and programs meet at the doors of accounts and organisations. As in errors.ts. */
export const accountErrors = {
  'key-refused': {
    status: 401,
    what: 'This API key is not valid.',
    next: 'Make a new one on the page of your organisation: it may have been revoked, or have run out.',
  },
  'last-owner': {
    status: 409,
    what: 'You are the only owner of an organisation.',
    next: 'Make somebody else an owner of what the details name, or delete it, first.',
  },
  'link-used': {
    status: 410,
    what: 'This link was used already, or a newer one has taken its place.',
    next: 'Look for a newer one where the router was started.',
  },
  'no-such-organisation': {
    status: 404,
    what: 'You are in no such organisation.',
    next: 'Choose one of yours, or ask its owner for an invitation.',
  },
  'not-allowed': {
    status: 403,
    what: 'Your role in this organisation, or this key, does not allow that.',
    next: 'Ask an owner of the organisation.',
  },
  'operator-only': {
    status: 401,
    what: 'This is for the operator of the network.',
    next: 'Enter the token that the router was given as NEARCADE_OPERATOR_TOKEN.',
  },
  'organisation-in-use': {
    status: 409,
    what: 'Something of this organisation is in use: a node that runs, a title that somebody plays, a version that has just come.',
    next: 'Stop its nodes. Withdrawn titles are played to the end: try again then.',
  },
  'sign-in-locked': {
    status: 429,
    what: 'There were too many attempts with a wrong password.',
    next: 'Wait and try again, sign in with a passkey, or set a new password by e-mail.',
  },
  'sign-in-needed': {
    status: 401,
    what: 'Nobody is signed in.',
    next: 'Sign in, or bring an API key.',
  },
  'too-many-keys': {
    status: 409,
    what: 'Your organisation has as many API keys as it may have.',
    next: 'Revoke one that nobody uses any more.',
  },
} as const
