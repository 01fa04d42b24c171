import { createHash, createPublicKey, verify } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { challengeText } from '../../../config/protocol/nodeSocket.ts'
import { backoffMs } from '../../../edge/uplink/backoff.ts'
import { loadIdentity } from '../../../edge/uplink/identity.ts'

describe('a node’s identity', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-identity-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  it('is made once, kept for its owner’s eyes only, and stays the same', async () => {
    const first = await loadIdentity(join(folder, 'data'))
    const again = await loadIdentity(join(folder, 'data'))
    expect(again.nodeId).to.equal(first.nodeId)
    expect((await stat(join(folder, 'data', 'node.key'))).mode & 0o777).to.equal(0o600)
    const raw = Buffer.from(first.publicKey, 'base64url')
    expect(raw).to.have.length(32)
    expect(first.nodeId).to.equal(createHash('sha256').update(raw).digest('base64url'))
  })

  it('answers a challenge with a signature that its public key proves', async () => {
    const identity = await loadIdentity(folder)
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: identity.publicKey }, format: 'jwk' })
    const proves = (nonce: string): boolean =>
      verify(null, Buffer.from(challengeText(nonce)), key, Buffer.from(identity.answer('n1'), 'base64url'))
    expect(proves('n1')).to.equal(true)
    expect(proves('n2')).to.equal(false)
  })

  it('is never overwritten by a file that cannot be read', async () => {
    await writeFile(join(folder, 'node.key'), 'not a key')
    let failed = false
    await loadIdentity(folder).catch(() => {
      failed = true
    })
    expect(failed).to.equal(true)
    expect(await readFile(join(folder, 'node.key'), 'utf8')).to.equal('not a key')
  })
})

describe('the wait before dialling again', () => {
  it('doubles to 2.5 s at most, spread between half and all of it', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 50].map((failures) => backoffMs(failures, 1))).to.deep.equal([
      100, 200, 400, 800, 1600, 2500, 2500, 2500,
    ])
    expect(backoffMs(3, 0)).to.equal(400)
  })
})
