/** What publishers meet on a build's way to players. As in errors.ts. */
export const publishingErrors = {
  'event-no-room': {
    status: 409,
    what: 'So many seats cannot be booked there at that time.',
    next: 'Book fewer, at other sites or at another time; the details say how many there are.',
  },
  'event-not-found': {
    status: 404,
    what: 'Your organisation has no such event.',
    next: 'Look at the list of its events.',
  },
  'event-over': {
    status: 409,
    what: 'This event is over or was cancelled.',
    next: 'Book another one.',
  },
  'event-refused': {
    status: 422,
    what: 'An event like this cannot be booked here.',
    next: 'Correct what the details name.',
  },
  'manifest-refused': {
    status: 422,
    what: 'The title cannot be read from its nearcade.title.json.',
    next: 'Correct the fields named in the details and push again.',
  },
  'not-checked': {
    status: 409,
    what: 'This version has not passed its check, so players cannot get it.',
    next: 'Put it on staging, see what the check says there, and correct what it names.',
  },
  'not-staged': {
    status: 409,
    what: 'This version is on no channel.',
    next: 'Promote it to staging first.',
  },
  'nothing-before': {
    status: 409,
    what: 'There is nothing to go back to.',
    next: 'Promote the version that players shall get instead.',
  },
  'nothing-live': {
    status: 409,
    what: 'No version of this title is live yet.',
    next: 'Promote it for all players first.',
  },
  'over-quota': {
    status: 413,
    what: 'Your organisation has no room for this on the network.',
    next: 'Delete versions that nobody needs any more, or ask the operator for more room.',
  },
  'package-not-found': {
    status: 404,
    what: 'There is no such package for this node.',
    next: 'Nothing: the router names those that it should have.',
  },
  'package-refused': {
    status: 422,
    what: 'This build was refused as a whole, and nothing of it is kept.',
    next: 'Correct what the details name and push again.',
  },
  'package-too-large': {
    status: 413,
    what: 'The build is larger than this node takes.',
    next: 'Make it smaller: a node takes builds of up to half of what its packages may have (NEARCADE_PACKAGES_MAX_GIB).',
  },
  'package-unusable': {
    status: 502,
    what: 'What came as this package is not it, or is nothing that may be installed.',
    next: 'The node tries again by itself. If it stays, push the version again under another number.',
  },
  'seat-too-small': {
    status: 409,
    what: 'A seat of the node has less memory than the title asks for.',
    next: 'Ask for less in limits.memoryBytes and limits.tmpBytes of the manifest, or give the node fewer seats (NEARCADE_SEATS).',
  },
  'staging-full': {
    status: 409,
    what: 'This organisation has too much staged.',
    next: 'Put what is done live, withdraw a title that waits, or stage smaller builds.',
  },
  'title-taken': {
    status: 409,
    what: 'Another title has this id.',
    next: 'Choose another id in nearcade.title.json.',
  },
  'too-many-events': {
    status: 409,
    what: 'Your organisation has as many events ahead as it may have.',
    next: 'Cancel one of them, or wait until one is over.',
  },
  'too-many-titles': {
    status: 409,
    what: 'This organisation has as many titles as one may have.',
    next: 'Push under the id of a title that it has, or ask who runs the network.',
  },
  'too-many-uploads': {
    status: 429,
    what: 'Your organisation has as many uploads open as it may have.',
    next: 'Finish one of them or delete it, then try again.',
  },
  'too-many-versions': {
    status: 409,
    what: 'This title has as many versions as one may have.',
    next: 'Delete versions that nobody needs any more, then push again.',
  },
  'upload-incomplete': {
    status: 409,
    what: 'Some of this upload has not come yet.',
    next: 'Send the chunks that are missing, then finish it.',
  },
  'upload-not-found': {
    status: 404,
    what: 'There is no such upload any more.',
    next: 'Begin it again: what is kept of it already need not be sent again.',
  },
  'uploads-busy': {
    status: 429,
    what: 'As many builds are on their way here as can be taken in at once.',
    next: 'Wait a few seconds, then try again: what has come is not sent again.',
  },
  'version-in-use': {
    status: 409,
    what: 'This version is on a channel, or somebody plays it.',
    next: 'Promote another version first and wait until those who play it have ended.',
  },
  'version-not-found': {
    status: 404,
    what: 'This title has no such version.',
    next: 'Push it, or name one of those that are listed.',
  },
  'version-taken': {
    status: 409,
    what: 'This version was pushed before, with other files in it.',
    next: 'Raise the version in nearcade.title.json and push again.',
  },
  'wrong-content': {
    status: 422,
    what: 'The bytes are not those that were announced.',
    next: 'Read them again and send them again.',
  },
} as const
