import type { Message } from './mail.ts'

const ending = '\n\nIf you did not ask for this, ignore this message: nothing changes then.\n'

export const verifyMessage = (to: string, url: string): Message => ({
  to,
  subject: 'Confirm your e-mail address',
  text: `Open this link to confirm your e-mail address at Nearcade. It works for an hour.\n\n${url}${ending}`,
})

export const resetMessage = (to: string, url: string): Message => ({
  to,
  subject: 'Set a new password',
  text: `Open this link to set a new password at Nearcade. It works once, for an hour.\n\n${url}${ending}`,
})

/** To the address that an account has, before it gets another one. */
export const leaveAddressMessage = (to: string, newAddress: string, url: string): Message => ({
  to,
  subject: 'Change your e-mail address?',
  text: `Somebody, probably you, wants to change the e-mail address of your account at Nearcade to ${oneLine(newAddress)}. Open this link to go on: the new address then gets a message too. It works for an hour.\n\n${url}${ending}`,
})

/** To the address that an account had. */
export const addressChangedMessage = (to: string, newAddress: string, url: string): Message => ({
  to,
  subject: 'Your e-mail address was changed',
  text: `Your account at Nearcade has the e-mail address ${oneLine(newAddress)} from now on, and messages go there alone.\n\n${url}\n\nIf this was not you, ask whoever runs the network for help: your account is in somebody else's hands.\n`,
})

/** To somebody who has an account and was signed up again. */
export const knownMessage = (to: string, url: string): Message => ({
  to,
  subject: 'You have an account already',
  text: `Somebody, probably you, wanted to make an account with this e-mail address. There is one: sign in, or ask for a new password.\n\n${url}${ending}`,
})

export const invitationMessage = (to: string, organisation: string, role: string, url: string): Message => ({
  to,
  subject: `You are invited to ${oneLine(organisation)}`,
  text: `You are invited to join ${oneLine(organisation)} at Nearcade as ${role}. Open this link to accept. It works for seven days.\n\n${url}${ending}`,
})

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
