import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Scope } from '../../../../config/accounts.ts'
import { madeApiKey } from '../../../../config/protocol/account.ts'
import { makeOrganisation, openBrowser, signUp } from '../../../server/accounts/browser.ts'
import { connectNode, type FakeNode } from '../../../server/support/fakeNode.ts'
import { openTestBed } from '../../../server/support/testRouter.ts'
import { type Ran, runCli, type RunOptions } from './cli.ts'

/** A real router with a publisher who has a key. */
export async function openCliBed() {
  const bed = await openTestBed()
  const router = await bed.start()
  const home = await mkdtemp(path.join(tmpdir(), 'nearcade-cli-'))
  const owner = openBrowser(router.port)
  await signUp(owner, 'owner@example.org')
  const orgId = await makeOrganisation(owner, 'studio')
  const server = `http://127.0.0.1:${router.port}`

  return {
    home,
    server,
    orgId,
    store: bed.store,
    /** A node with so many seats, at the test's site. */
    node: async (seats: number): Promise<FakeNode> =>
      connectNode(router.port, { key: await bed.enrolledKey(), seats }),
    async makeKey(...scopes: Scope[]): Promise<{ key: string; revoke(): Promise<void> }> {
      const made = await owner.post(`/api/account/keys/${orgId}`, { name: 'builds', scopes })
      const { key, view } = madeApiKey.parse(made.body)
      return { key, revoke: async () => void (await owner.delete(`/api/account/keys/${orgId}/${view.id}`)) }
    },
    /** With `--json` and where to go. */
    run: (key: string, args: readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> =>
      runCli([...args, '--json'], {
        home,
        ...options,
        env: { NEARCADE_KEY: key, NEARCADE_SERVER: server, ...options.env },
      }),
    async close() {
      await bed.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}
export type CliBed = Awaited<ReturnType<typeof openCliBed>>

/** What becomes of a request on its way: it goes on, is cut off, is answered in the router's place, or waits for ever. */
export type Fate = 'pass' | 'cut' | 'hold' | number

/** Between the command line and the router; `decide` says what becomes of each request. */
export async function openProxy(to: string, decide: (request: IncomingMessage) => Fate) {
  const held = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const fate = decide(request)
    if (fate === 'cut') return void request.socket.destroy()
    if (fate === 'hold') {
      request.resume()
      return void held.add(response)
    }
    if (typeof fate === 'number') {
      request.resume()
      response.statusCode = fate
      return void response.end('a proxy speaking')
    }
    const { method = 'GET', url = '/', headers } = request
    const onward = httpRequest(`${to}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get held() {
      return held.size
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
