import { randomBytes } from 'node:crypto'
import { bindingResponse, claimedUfrag, type Credentials, readBindingRequest } from './stun.ts'

/** Where a browser is: its address as it is seen here, and the address of ours that it talks to. */
export interface Remote {
  readonly address: string
  readonly port: number
  readonly via: string
}

const isSameRemote = (a: Remote | null, b: Remote): boolean =>
  a?.port === b.port && a.address === b.address && a.via === b.via

/** One generation of credentials: the first offer's, then one more for each ICE restart. */
interface Round {
  readonly local: Credentials
  readonly remoteUfrag: string
}

export interface Checked {
  readonly response: Buffer
  /** This check moved the path; `nominated` is where to send from now on. */
  readonly moved: boolean
}

export interface IceLite {
  /** Of the newest round. */
  readonly local: Credentials
  /** Where to send; null until the browser has nominated a path. */
  readonly nominated: Remote | null
  /** Whether a check that names this ufrag is ours to answer. */
  owns(ufrag: string): boolean
  /** A new round (RFC 8445 9): the path of the one before stays in use until the browser nominates another. */
  restart(remoteUfrag: string): void
  /** Null for what does not prove that it knows us. */
  check(message: Buffer, from: Remote): Checked | null
}

/** A browser goes on checking the path it has while a restart is under way; more of its past is of no use. */
const keptRounds = 2

/** RFC 8445 5.3 asks for at least 24 bits of ufrag and 128 of password. */
const newCredentials = (): Credentials => ({
  ufrag: randomBytes(6).toString('hex'),
  password: randomBytes(18).toString('hex'),
})

/** An ICE-lite agent (RFC 8445 2.5): answers checks, sends where the browser says, asks nobody. No I/O. */
export function createIceLite(remoteUfrag: string, credentials = newCredentials): IceLite {
  let rounds: Round[] = [{ local: credentials(), remoteUfrag }]
  let newest = rounds[0] as Round
  /** The round whose check nominated: an older one has no say any more. */
  let nominatedIn: Round | null = null
  let nominated: Remote | null = null

  return {
    get local() {
      return newest.local
    },
    get nominated() {
      return nominated
    },
    owns: (ufrag) => rounds.some(({ local }) => local.ufrag === ufrag),
    restart(nextRemoteUfrag) {
      newest = { local: credentials(), remoteUfrag: nextRemoteUfrag }
      rounds = [...rounds.filter((round) => round === nominatedIn), ...rounds.slice(-1), newest]
      rounds = [...new Set(rounds)].slice(-keptRounds - 1)
    },
    check(message, from) {
      const ufrag = claimedUfrag(message)
      const round = rounds.find(({ local }) => local.ufrag === ufrag)
      if (round === undefined) return null
      const request = readBindingRequest(message, round.local)
      if (request?.username !== `${round.local.ufrag}:${round.remoteUfrag}`) return null
      const response = bindingResponse(request, from, round.local.password)
      const outdated = nominatedIn !== null && rounds.indexOf(round) < rounds.indexOf(nominatedIn)
      if (!request.nominates || outdated) return { response, moved: false }
      const moved = !isSameRemote(nominated, from)
      nominatedIn = round
      nominated = from
      return { response, moved }
    },
  }
}
