import {
  partyView,
  type JoinParty,
  type PartyChoice,
  type PartyView,
  type Togetherness,
} from '../../../config/protocol/party.ts'
import { placementReport, type PlacementReport } from '../../../config/protocol/placement.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import type { LineBed } from '../sessions/lineBed.ts'
import type { FakeNode, FakeSession } from '../support/fakeNode.ts'
import type { Answer, FakePlayer } from '../support/fakePlayer.ts'

/** What one player measured, by node. */
export type Measured = ReadonlyMap<FakeNode, number>

export const entryOf = (measured: Measured = new Map()): Omit<JoinParty, 'ready'> => ({
  probes: [...measured].map(([{ key }, rttMs]) => ({
    nodeId: key.nodeId,
    rttMs,
    jitterMs: 1,
    samples: 3,
    via: 'stun' as const,
  })),
  codecs: ['h264'],
  stream: defaultStream,
})

const viewOf = ({ status, body }: Answer): PartyView => {
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
  return partyView.parse(body)
}

/** A player's hand on one party. */
export class Friend {
  readonly player: FakePlayer
  readonly #measured: Measured
  code = ''

  constructor(player: FakePlayer, measured: Measured = new Map()) {
    this.player = player
    this.#measured = measured
  }

  async create(titleId = 'game'): Promise<PartyView> {
    const view = viewOf(
      await this.player.request('POST', '/api/parties', { ...entryOf(this.#measured), titleId }),
    )
    this.code = view.code
    return view
  }

  async join(code: string, ready = true): Promise<PartyView> {
    this.code = code
    return viewOf(await this.tryJoin(code, ready))
  }
  tryJoin(code: string, ready = true): Promise<Answer> {
    return this.player.request('POST', `/api/parties/${code}/members`, {
      ...entryOf(this.#measured),
      ready,
    })
  }

  async view(): Promise<PartyView> {
    return viewOf(await this.player.request('GET', `/api/parties/${this.code}`))
  }
  async leave(): Promise<PartyView> {
    return viewOf(await this.player.request('DELETE', `/api/parties/${this.code}/members`))
  }
  async choose(kind: PartyChoice['kind']): Promise<PartyView> {
    return viewOf(await this.tryChoose(kind))
  }
  tryChoose(kind: PartyChoice['kind']): Promise<Answer> {
    return this.say({ kind })
  }
  async playAs(how: Togetherness): Promise<PartyView> {
    return viewOf(await this.say({ kind: 'together', how }))
  }
  say(choice: object): Promise<Answer> {
    return this.player.request('POST', `/api/parties/${this.code}/choice`, choice)
  }
  async report(): Promise<PlacementReport> {
    const { sessionId } = await this.view()
    const answer = await this.player.request('GET', `/api/sessions/${sessionId}/placement`)
    return placementReport.parse(answer.body)
  }
}

/** Holds so many seats and starts as many sessions. */
export async function serve(node: FakeNode, players: number): Promise<readonly FakeSession[]> {
  const all = <T>(task: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: players }, () => task()))
  await all(() => node.acceptReserve())
  return all(() => node.acceptStart())
}

/** A node at a site of its own, once the router knows it. */
export async function nodeAt(line: LineBed, siteName: string, seats = 2): Promise<FakeNode> {
  const node = await line.connect({ seats, status: { siteName } })
  const player = await line.player()
  for (;;) {
    const { body } = await player.request('GET', '/api/probes')
    if (JSON.stringify(body).includes(node.key.nodeId)) return node
  }
}
