import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { evdevByCode } from '../../../config/protocol/keyCodes.ts'
import { coverScripts } from '../../../edge/titles/coverScripts.ts'
import { availableTitles, checkTitles, loadTitles, manifestFile } from '../../../edge/titles/catalogue.ts'
import { findFfmpeg } from '../../../edge/titles/ffmpeg.ts'
import { librariesOf } from '../../../edge/titles/libraries.ts'
import { titleCommand } from '../../../edge/titles/titleCommand.ts'

const titlesDir = fileURLToPath(new URL('../../../edge/titles/', import.meta.url))
const isControl = (name: string): boolean => evdevByCode[name] !== undefined || /^Mouse[0-4]$/.test(name)

describe('the titles that come with Nearcade', () => {
  it('are those that others rely on, each with its licence and a small real cover', async () => {
    const titles = await loadTitles(titlesDir)
    expect(titles.map(({ manifest }) => manifest.id)).to.include.members([
      'freedoom',
      'supertux',
      'latency-lab',
    ])
    for (const { manifest, coverFile } of titles) {
      expect(manifest.licence.spdx).to.match(/^(Apache|GPL|BSD|MIT)/)
      const { size } = await stat(coverFile)
      expect(size, coverFile).to.be.within(5_000, 120 * 1024)
      expect(coverScripts, 'how to take its cover').to.have.property(manifest.id)
    }
  })

  it('name only controls that exist', async () => {
    for (const { manifest } of await loadTitles(titlesDir)) {
      const { padMap, touchButtons, touchStick } = manifest.input
      const names = [
        ...Object.values(padMap?.buttons ?? {}),
        ...Object.values(padMap?.axes ?? {}).flatMap(({ negative, positive }) => [negative, positive]),
        ...touchButtons.map(({ key }) => key),
        ...Object.values(touchStick ?? {}),
      ]
      expect(
        names.filter((name) => !isControl(name)),
        manifest.id,
      ).to.deep.equal([])
    }
  })
})

describe('a folder of titles', () => {
  let folder: string
  const manifest = {
    id: 'gone',
    version: '1.0.0',
    name: 'Gone',
    tagline: '',
    description: '',
    genre: '',
    licence: { spdx: 'MIT', source: 'here' },
    cover: 'cover.jpg',
    runtime: {
      kind: 'linux',
      command: ['/nowhere/game'],
      env: {},
      needs: ['/nowhere/game'],
      packages: ['game'],
    },
    display: { widthPx: 640, heightPx: 360, fps: 60 },
    input: { pointer: 'none', pad: 'none', touch: 'pad', touchButtons: [], touchStick: null },
    controls: [],
    limits: { memoryBytes: 2 ** 28, maxProcesses: 10, cpuCores: 1, tmpBytes: 2 ** 20 },
  }
  const put = async (id: string, text: string): Promise<void> => {
    await mkdir(join(folder, id))
    await writeFile(join(folder, id, manifestFile), text)
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-test-titles-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  it('offers what this host can run, and says what the rest lacks', async () => {
    await put('gone', JSON.stringify(manifest))
    await put(
      'here',
      JSON.stringify({ ...manifest, id: 'here', runtime: { ...manifest.runtime, needs: ['/'] } }),
    )
    expect((await availableTitles(folder)).map((title) => title.manifest.id)).to.deep.equal(['here'])
    const gone = (await checkTitles(folder)).find(({ title }) => title.manifest.id === 'gone')
    expect(gone).to.deep.include({ missing: ['/nowhere/game'], packages: ['game'] })
  })

  it('is refused with all its faults at once', async () => {
    await put('a', '{')
    await put('b', JSON.stringify({ ...manifest, id: 'b', surprise: 1 }))
    await put('c', JSON.stringify(manifest))
    const fault = await loadTitles(folder).then(
      () => '',
      (error: unknown) => String(error),
    )
    expect(fault)
      .to.match(/a\/.*not JSON/)
      .and.match(/b\/.*surprise/)
      .and.match(/id is gone, the folder c/)
  })
})

describe('the libraries of a program', () => {
  it('are those that it loads, and none where there is no program', async () => {
    expect((await librariesOf('/bin/sh')).some((file) => /\/libc\.so/.test(file))).to.equal(true)
    expect(await librariesOf(fileURLToPath(import.meta.url))).to.deep.equal([])
    expect(await librariesOf('/not/there')).to.deep.equal([])
  })
})

describe("a title's command", () => {
  it('gets its folder and our Node where it asks for them', () => {
    const paths = { titleFolder: '/host/title', node: '/host/node' }
    expect(titleCommand(['{node}', '{title}/main.cjs'], paths)).to.deep.equal({
      command: ['/opt/node', '/opt/title/main.cjs'],
      readOnly: { '/host/title': '/opt/title', '/host/node': '/opt/node' },
    })
    expect(titleCommand(['game'], paths).readOnly).to.deep.equal({ '/host/title': '/opt/title' })
  })
})

describe('the ffmpeg for covers', () => {
  it('is the one that FFMPEG_PATH names, and an error when it names none', () => {
    expect(findFfmpeg({ FFMPEG_PATH: process.execPath }).from).to.equal('FFMPEG_PATH')
    expect(() => findFfmpeg({ FFMPEG_PATH: '/nowhere' })).to.throw('/nowhere')
  })
})
