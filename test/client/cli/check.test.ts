import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { gameTree, manifestOf, picture, type Ran, runCli, type Tree, writeTree } from './support/cli.ts'

const elf = (machine: number): Uint8Array => {
  const head = new Uint8Array(64)
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  head.set([machine & 255, machine >> 8], 18)
  return head
}
const linux = (command: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  runtime: { kind: 'linux', command: [command], ...more },
})
const program =
  (content: string | Uint8Array, mode = 0o755) =>
  async (at: string) => {
    await writeFile(at, content)
    await chmod(at, mode)
  }
const link = (target: string) => (at: string) => symlink(target, at)
const without = (name: string, tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([path_]) => path_ !== name))

/** Each with every finding that it has, as `code file field`. */
const faulty: readonly (readonly [what: string, tree: Tree, findings: readonly string[]])[] = [
  ['no manifest', without('nearcade.title.json', gameTree()), ['no-manifest nearcade.title.json']],
  [
    'a manifest that is no JSON',
    gameTree({}, { 'nearcade.title.json': '{ "id": ' }),
    ['manifest-not-json nearcade.title.json'],
  ],
  [
    'a manifest of 100 kB',
    gameTree({}, { 'nearcade.title.json': ' '.repeat(100_000) }),
    ['manifest-too-large nearcade.title.json'],
  ],
  ['a field that is missing', gameTree({ name: undefined }), ['manifest-missing nearcade.title.json name']],
  ['a field that is not known', gameTree({ nmae: 'x' }), ['manifest-unknown-field nearcade.title.json nmae']],
  [
    'a field of another kind',
    gameTree({ controls: {} }),
    ['manifest-wrong-type nearcade.title.json controls'],
  ],
  [
    'a word that is none of those',
    gameTree({ network: 'lan' }),
    ['manifest-not-one-of nearcade.title.json network'],
  ],
  [
    'a figure beyond its range',
    gameTree({ display: { widthPx: 1280, heightPx: 720, fps: 1000 } }),
    ['manifest-out-of-range nearcade.title.json display.fps'],
  ],
  ['an id with a space', gameTree({ id: 'My Game' }), ['manifest-bad-form nearcade.title.json id']],
  ['a cover that is not there', without('cover.jpg', gameTree()), ['file-missing nearcade.title.json cover']],
  [
    'a cover that is no picture',
    gameTree({}, { 'cover.jpg': 'words' }),
    ['not-a-picture nearcade.title.json cover'],
  ],
  [
    'screenshots and a trailer that are not there, or something else by their content',
    gameTree(
      {
        media: {
          screenshots: [
            { file: 'none.png', alt: '' },
            { file: 'words.png', alt: '' },
          ],
          trailer: { file: 'film.mp4', alt: '' },
        },
      },
      { 'words.png': 'words', 'film.mp4': picture },
    ),
    [
      'file-missing nearcade.title.json media.screenshots.0.file',
      'not-a-picture nearcade.title.json media.screenshots.1.file',
      'not-a-film nearcade.title.json media.trailer.file',
    ],
  ],
  [
    'nine screenshots',
    gameTree({ media: { screenshots: Array.from({ length: 9 }, () => ({ file: 'cover.jpg', alt: '' })) } }),
    ['manifest-out-of-range nearcade.title.json media.screenshots'],
  ],
  [
    'a GPU of a class that is none',
    gameTree({ gpu: { class: 'huge' } }),
    ['manifest-not-one-of nearcade.title.json gpu.class'],
  ],
  [
    'a cover of 3 MB',
    gameTree({}, { 'cover.jpg': Buffer.concat([picture, Buffer.alloc(3_000_000)]) }),
    ['cover-too-large nearcade.title.json cover'],
  ],
  [
    'a page whose name has another case',
    without('index.html', gameTree({}, { 'Index.html': 'x' })),
    ['file-missing nearcade.title.json runtime.page'],
  ],
  [
    'a page that is kept out',
    gameTree({}, { '.nearcadeignore': '*.html\n' }),
    ['file-ignored nearcade.title.json runtime.page'],
  ],
  [
    'a page that is a program',
    gameTree({}, { 'index.html': elf(62) }),
    ['not-a-page nearcade.title.json runtime.page'],
  ],
  [
    'a program that may not be executed',
    gameTree(linux('{title}/game'), { game: program(elf(62), 0o644) }),
    ['not-executable nearcade.title.json runtime.command.0'],
  ],
  [
    'a program for Windows',
    gameTree(linux('{title}/game.exe'), { 'game.exe': program('MZ…') }),
    ['not-for-linux nearcade.title.json runtime.command.0'],
  ],
  [
    'a program for ARM',
    gameTree(linux('{title}/game'), { game: program(elf(183)) }),
    ['not-for-this-processor nearcade.title.json runtime.command.0'],
  ],
  [
    'a script without its interpreter',
    gameTree(linux('{title}/play.sh'), { 'play.sh': program('echo hello\n') }),
    ['no-interpreter nearcade.title.json runtime.command.0'],
  ],
  [
    'a program of the build named as one of the host',
    gameTree(linux('./game'), { game: program(elf(62)) }),
    ['file-missing nearcade.title.json runtime.command.0'],
  ],
  [
    'a working folder that is a file',
    gameTree(linux('{title}/game', { workingFolder: 'index.html' }), { game: program(elf(62)) }),
    ['not-a-folder nearcade.title.json runtime.workingFolder'],
  ],
  [
    'files of the host that no title gets to see',
    gameTree({
      runtime: {
        kind: 'html5',
        page: 'index.html',
        needs: ['/usr/bin/chromium', '/usr/../root/key'],
        reads: ['/etc/shadow'],
        packages: ['chromium; reboot'],
      },
    }),
    [
      'host-path nearcade.title.json runtime.needs.1',
      'host-path nearcade.title.json runtime.reads.0',
      'host-path nearcade.title.json runtime.packages.0',
    ],
  ],
  [
    'native pads in a Linux program',
    gameTree(
      { ...linux('{title}/game'), input: { ...(manifestOf()['input'] as object), pad: 'native' } },
      { game: program(elf(62)) },
    ),
    ['needs-a-page nearcade.title.json input.pad'],
  ],
  [
    'pads without a map',
    gameTree({ input: { ...(manifestOf()['input'] as object), pad: 'keys' } }),
    ['pad-map-missing nearcade.title.json input.padMap'],
  ],
  [
    'two files that differ in case',
    gameTree({}, { 'data/A.png': '1', 'data/a.png': '2' }),
    ['case-clash data/a.png'],
  ],
  ['two folders that differ in case', gameTree({}, { 'Data/x': '1', 'data/y': '2' }), ['case-clash data']],
  ['a name with a line break', gameTree({}, { 'a\nb': 'x' }), ['bad-path a\nb']],
  ['a name with a backslash', gameTree({}, { 'a\\b': 'x' }), ['bad-path a\\b']],
  ['a link out of the build', gameTree({}, { passwd: link('../../etc/passwd') }), ['bad-link passwd']],
  ['a link to an absolute path', gameTree({}, { lib: link('/usr/lib') }), ['bad-link lib']],
  ['a link to nothing', gameTree({}, { gone: link('nowhere') }), ['bad-link gone']],
  ['links in a ring', gameTree({}, { a: link('b'), b: link('a') }), ['bad-link a', 'bad-link b']],
  [
    'a named pipe',
    gameTree({}, { pipe: async (at) => void execFileSync('mkfifo', [at]) }),
    ['not-a-file pipe'],
  ],
]

describe('nearcade title check', function () {
  this.timeout(20_000)
  let home: string
  before(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'nearcade-cli-'))
  })
  after(() => rm(home, { recursive: true, force: true }))

  async function check(tree: Tree): Promise<Ran> {
    const folder = await mkdtemp(path.join(home, 'build-'))
    await writeTree(folder, tree)
    return runCli(['title', 'check', folder, '--json'], { home })
  }
  const codes = (ran: Ran): readonly string[] => {
    const { findings } = ran.json().result as {
      findings: { severity: string; code: string; file: string; field?: string; what: string; next: string }[]
    }
    for (const { what, next } of findings)
      expect([what, next].every((words) => words.length > 3)).to.equal(true)
    return findings.map(({ code, file, field }) => [code, file, field].filter(Boolean).join(' '))
  }

  for (const [what, tree, findings] of faulty)
    it(`names ${what}, and nothing else`, async () => {
      const ran = await check(tree)
      expect(codes(ran)).to.deep.equal(findings)
      expect([ran.code, ran.json().ok, ran.stderr]).to.deep.equal([1, false, ''])
    })

  it('finds nothing against a good build of either kind', async () => {
    const page = await check(
      gameTree({}, { '.git/config': 'x', 'lib/x.so.1': 'x', 'lib/x.so': link('x.so.1') }),
    )
    expect([page.code, codes(page)]).to.deep.equal([0, []])
    expect(page.json().result).to.include({ files: 4, links: 1 })
    const native = await check(
      gameTree(linux('{title}/bin/game', { workingFolder: 'bin' }), {
        'bin/game': program('#!/bin/sh\nexec true\n'),
      }),
    )
    expect([native.code, codes(native)]).to.deep.equal([0, []])
  })

  it('warns of what few nodes have for one seat, and lets it be pushed', async () => {
    const limits = { ...(manifestOf()['limits'] as object), memoryBytes: 32 * 1024 ** 3 }
    const ran = await check(gameTree({ limits }))
    expect([ran.code, codes(ran)]).to.deep.equal([0, ['large-limit nearcade.title.json limits.memoryBytes']])
  })

  it('tells people the file, the field and what to write', async () => {
    const folder = await mkdtemp(path.join(home, 'build-'))
    await writeTree(folder, gameTree({ display: { widthPx: 1280, heightPx: 720, fps: 1000 } }))
    const { stdout, code } = await runCli(['title', 'check'], { home, cwd: folder })
    expect(code).to.equal(1)
    expect(stdout).to.match(
      /nearcade\.title\.json, display\.fps: is 1000\. Write a whole number from 10 to 120/,
    )
  })

  it('says of a folder that is not there that it was asked wrongly', async () => {
    const ran = await runCli(['title', 'check', path.join(home, 'nowhere'), '--json'], { home })
    expect([ran.code, ran.json().error?.['code']]).to.deep.equal([2, 'no-such-folder'])
  })
})

describe('nearcade title init', function () {
  this.timeout(20_000)
  let home: string
  before(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'nearcade-cli-'))
  })
  after(() => rm(home, { recursive: true, force: true }))

  async function folderOf(tree: Tree): Promise<string> {
    const folder = path.join(await mkdtemp(path.join(home, 'build-')), 'Käfer Jagd')
    await mkdir(folder)
    await writeTree(folder, tree)
    return folder
  }
  const init = (folder: string, ...args: string[]): Promise<Ran> =>
    runCli(['title', 'init', folder, '--json', ...args], { home })

  const { 'index.html': page, 'cover.jpg': cover } = gameTree()
  const kinds: readonly (readonly [string, Tree, object])[] = [
    ['a page', { 'index.html': page ?? '', 'game.js': 'x' }, { kind: 'html5', page: 'index.html' }],
    [
      'a program',
      { 'bin/game.x86_64': program(elf(62)), 'bin/lib.so': program(elf(62)) },
      { kind: 'linux', command: ['{title}/bin/game.x86_64'], workingFolder: 'bin' },
    ],
    [
      'a script',
      { 'play.sh': program('#!/bin/sh\n') },
      { kind: 'linux', command: ['{title}/play.sh'], workingFolder: '.' },
    ],
  ]
  for (const [what, tree, runtime] of kinds)
    it(`writes a manifest for ${what} that the check finds good`, async () => {
      const folder = await folderOf({ ...tree, 'cover.jpg': cover ?? '' })
      const ran = await init(folder, '--genre', 'Action')
      const { manifest } = ran.json().result as { manifest: Record<string, unknown> }
      expect(manifest).to.deep.include({ id: 'kafer-jagd', name: 'Käfer Jagd', genre: 'Action' })
      expect(manifest['runtime']).to.deep.include(runtime)
      expect((await runCli(['title', 'check', folder], { home })).code).to.equal(0)
    })

  it('asks which of several files starts the game, and takes what it is told', async () => {
    const tree = { one: program(elf(62)), two: program(elf(62)), 'cover.jpg': cover ?? '' }
    const folder = await folderOf(tree)
    const unclear = await init(folder)
    expect([unclear.code, unclear.json().error]).to.deep.include(2)
    expect(unclear.json().error).to.deep.include({ code: 'start-unclear', details: ['one', 'two'] })
    expect((await init(folder, '--start', 'two')).code).to.equal(0)
  })

  it('writes over a manifest only when told to', async () => {
    const folder = await folderOf(gameTree())
    const refused = await init(folder)
    expect([refused.code, refused.json().error?.['code']]).to.deep.equal([1, 'manifest-there'])
    expect((await init(folder, '--force')).code).to.equal(0)
  })
})
