import type { ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { hostNodes, joinOffer } from '../../../config/protocol/hosts.ts'
import type { Router } from '../../../server/router.ts'
import { runCli, type Ran } from '../../client/cli/support/cli.ts'
import { makeOrganisation, openBrowser, signUp, type Browser } from '../../server/accounts/browser.ts'
import { tempFolder } from '../../server/support/tempFolder.ts'
import { openTestBed, type TestBed } from '../../server/support/testRouter.ts'
import { until } from '../sandbox/rig.ts'

describe('a host’s machine', function () {
  this.timeout(120_000)
  let bed: TestBed
  let router: Router
  let owner: Browser
  let orgId: string
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let data: string
  before(async () => {
    bed = await openTestBed()
    router = await bed.start()
    owner = openBrowser(router.port)
    await signUp(owner, 'host@example.org')
    orgId = await makeOrganisation(owner, 'rackspace')
    folder = await tempFolder()
    data = path.join(folder.path, 'node')
  })
  after(async () => {
    await bed.close()
    await folder.remove()
  })

  const token = async (): Promise<string> =>
    joinOffer.parse((await owner.post(`/api/orgs/${orgId}/nodes/tokens`)).body).token
  const nodes = async () => hostNodes.parse((await owner.get(`/api/orgs/${orgId}/nodes`)).body).nodes
  const edge = (args: readonly string[], onStart: (child: ChildProcess) => void = () => {}): Promise<Ran> =>
    runCli(['edge', ...args], { home: folder.path, onStart })
  const join = (text: string, ...more: string[]) =>
    edge(['join', text, '--data', data, '--site', 'Lyon', '--at', '45.76, 4.84', '--country', 'FR', ...more])

  it('that fails its test says all that fails at once and what to do, and keeps its token', async () => {
    const taken = createSocket('udp4')
    taken.bind(0)
    await once(taken, 'listening')
    const { port } = taken.address()
    const offer = await token()
    const unreachable = offer.replace(/@.*/, '@http://127.0.0.1:1')
    const { code, stdout, stderr } = await join(unreachable, '--udp-ports', `${port}-${port}`, '--seats', '1')
    taken.close()
    expect(code).to.equal(1)
    expect(stdout).to.match(/FAILED +UDP +taken: \d+\n +Name free ports/)
    expect(stdout).to.match(/FAILED +Router +no answer from 127.0.0.1:1/)
    expect(stdout).to.match(/ok +Sandbox/)
    expect(stderr).to.contain('(self-test-failed)')
    expect(await nodes()).to.deep.equal([])
  })

  it('joins with a token that is good once, and is in service as soon as it runs', async () => {
    const offer = await token()
    const joined = await join(offer, '--json')
    expect(joined.code, joined.stdout + joined.stderr).to.equal(0)
    const nodeId = joined.json().result?.['nodeId']
    expect(await nodes()).to.have.length(1)
    expect((await stat(path.join(data, 'edge.json'))).mode & 0o777).to.equal(0o600)
    expect(await readFile(path.join(data, 'edge.json'), 'utf8')).not.to.contain('nce_')

    expect((await edge(['status', '--data', data])).code).to.equal(1)
    let node: ChildProcess | undefined
    const ended = edge(['run', '--data', data], (child) => {
      node = child
    })
    await until('the node is online', async () => (await nodes()).some(({ now }) => now !== null), 20_000)
    expect(await nodes()).to.containSubset([
      { nodeId, trust: 'community', now: { siteName: 'Lyon', country: 'FR' } },
    ])
    expect((await edge(['status', '--data', data])).stdout).to.contain('Lyon: in service')
    await edge(['drain', '--data', data])
    await until('the router knows', async () => (await nodes())[0]?.now?.draining === true)
    expect((await edge(['status', '--data', data])).stdout).to.contain('none is left: it can be stopped')
    await edge(['resume', '--data', data])
    await until('it is in service again', async () => (await nodes())[0]?.now?.draining === false)
    node?.kill('SIGTERM')
    expect((await ended).code).to.equal(0)

    expect((await join(await token())).stderr).to.contain('(already-joined)')
    const again = await edge(['join', offer, '--data', path.join(folder.path, 'other')])
    expect(again.stderr).to.contain('(join-refused)')
  })

  it('is told plainly what is no token, and what has not joined', async () => {
    const elsewhere = path.join(folder.path, 'nowhere')
    expect((await edge(['join', 'nce_short', '--data', elsewhere])).stderr).to.contain('(join-token-wrong)')
    expect((await edge(['run', '--data', elsewhere])).stderr).to.contain('(not-joined)')
    expect((await edge(['dance'])).code).to.equal(2)
  })
})
