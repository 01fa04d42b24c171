import { mkdir, mkdtemp, lstat, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { NearcadeError } from '../../../config/errors.ts'
import { prepareHome } from '../../../edge/sandbox/home.ts'

describe('the home of a title', () => {
  const uid = 61_046
  let folder: string
  let home: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-test-home-'))
    home = join(folder, 'home')
    await mkdir(join(home, 'saves'), { recursive: true })
    await writeFile(join(home, 'saves', 'one'), 'x'.repeat(20_000))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })
  const ownerOf = async (...path: string[]): Promise<number> => (await lstat(join(folder, ...path))).uid

  it('goes to who plays, and nothing that a link in it points to', async function () {
    if (process.getuid?.() !== 0) this.skip()
    await mkdir(join(folder, 'outside'))
    await writeFile(join(folder, 'outside', 'secret'), 'mine')
    await symlink(join(folder, 'outside'), join(home, 'x'))
    await symlink(join(folder, 'outside', 'secret'), join(home, 'saves', 'y'))
    await prepareHome(home, uid)
    expect(await ownerOf('outside', 'secret')).to.equal(0)
    expect(await ownerOf('outside')).to.equal(0)
    for (const path of ['', 'saves', 'saves/one', 'saves/y', 'x'])
      expect(await ownerOf('home', path), path).to.equal(uid)
  })

  it('is refused once it holds more than its share of the disk', async () => {
    await prepareHome(home, null, 1024 ** 2)
    const error = await prepareHome(home, null, 16_384).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(NearcadeError).and.to.include({ code: 'start-failed' })
  })
})
