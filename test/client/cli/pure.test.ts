import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { statsLines } from '../../../client/cli/commands/stats.ts'
import { guessStart, idFrom, type LookedAt, newManifest } from '../../../client/cli/manifestDraft.ts'
import { Fault, knownFault } from '../../../client/cli/fault.ts'
import { patiently } from '../../../client/cli/patience.ts'
import { bodies, chunkPlaces } from '../../../client/cli/upload/chunkPlan.ts'
import { openHashCache } from '../../../client/cli/upload/hashCache.ts'
import { hashTasks } from '../../../client/cli/upload/hashing.ts'
import { readIgnored } from '../../../client/cli/upload/ignoring.ts'
import type { BuildFile } from '../../../client/cli/upload/listBuild.ts'
import { sendMissing } from '../../../client/cli/upload/sendMissing.ts'
import { emptyRatings, emptyStats, fullRatings, fullStats } from '../support/publisherAnswers.ts'
import { keyFileOf, memberOf } from '../../../client/cli/surroundings.ts'
import { openProgress, tell, tellFault } from '../../../client/cli/terminal.ts'
import { writeKeys } from '../../../client/cli/keyFile.ts'
import { bytesText, columns } from '../../../client/cli/words.ts'
import type { UploadView } from '../../../config/protocol/uploads.ts'
import { readManifest } from '../../../config/protocol/titleFaults.ts'

const sizes = fc.array(fc.nat({ max: 100_000 }), { maxLength: 40 })

describe('the work of hashing', () => {
  it('is every block of every file once, in portions', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1000, max: 9000 }), (all, blockBytes) => {
        const files = all.map((size, index) => ({ file: String(index), size, mtimeNs: 0n }))
        const seen = new Set<string>()
        for (const { parts } of hashTasks(files, blockBytes))
          for (const { fileIndex, fromBlock, blocks } of parts)
            for (let block = fromBlock; block < fromBlock + blocks; block += 1) {
              expect(seen.has(`${fileIndex} ${block}`)).to.equal(false)
              seen.add(`${fileIndex} ${block}`)
            }
        expect(seen.size).to.equal(all.reduce((sum, size) => sum + Math.ceil(size / blockBytes), 0))
      }),
    )
  })

  it('is shared out where one file is large', () => {
    const mib = 1024 * 1024
    const tasks = [...hashTasks([{ file: 'x', size: 100 * mib, mtimeNs: 0n }], mib)]
    expect(tasks.length).to.be.greaterThan(4)
  })
})

describe('what is sent', () => {
  it('is all that is missing, once, in bodies that are not too large', () => {
    const chunk = fc.nat({ max: 60 }).map((id) => `hash ${id}`)
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 200 }),
        fc.integer({ min: 100, max: 5_000_000 }),
        (missing, most) => {
          const places = chunkPlaces([
            { size: 61 * 1024 * 1024 - 5, chunks: Array.from({ length: 61 }, (_, id) => `hash ${id}`) },
          ])
          const sent = [...bodies([...missing, 'unknown'], places, () => most)]
          expect(sent.flat().toSorted()).to.deep.equal([...new Set(missing)].toSorted())
          for (const body of sent) {
            const bytes = body.reduce((sum, id) => sum + 36 + (places.get(id)?.bytes ?? 0), 0)
            expect(body.length === 1 || bytes <= most).to.equal(true)
          }
        },
      ),
    )
  })
})

describe('patience', () => {
  /** A clock that goes on only while somebody waits. */
  const bed = (giveUpMs: number) => {
    let nowMs = 0
    const waits: number[] = []
    return {
      waits,
      patience: {
        giveUpMs,
        nowMs: () => nowMs,
        random: () => 0.5,
        wait: async (ms: number) => {
          waits.push(ms)
          nowMs += ms
        },
      },
    }
  }
  const away = knownFault('unreachable', 'router-unreachable')

  it('tries again ever more slowly, and gives up in time', async () => {
    const { patience, waits } = bed(20_000)
    const failure = await patiently(() => Promise.reject(away), patience).catch((cause: unknown) => cause)
    expect(failure).to.equal(away)
    expect(waits.slice(0, 3)).to.deep.equal([...waits.slice(0, 3)].toSorted((a, b) => a - b))
    expect(waits.reduce((sum, ms) => sum + ms, 0)).to.be.within(10_000, 20_000)
  })

  it('is for what passes alone', async () => {
    const { patience, waits } = bed(20_000)
    const refused = new Fault('refused', { code: 'not-allowed', what: '', next: '' })
    expect(
      await patiently(() => Promise.reject(refused), patience).catch((cause: unknown) => cause),
    ).to.equal(refused)
    let tries = 0
    const busy = knownFault('refused', 'too-many-requests')
    expect(
      await patiently(async () => {
        if (++tries < 3) throw busy
        return 'done'
      }, patience),
    ).to.equal('done')
    expect(waits).to.have.length(2)
  })
})

describe('a slow line', () => {
  it('gets smaller bodies, of what is missing still', async () => {
    const mib = 1024 * 1024
    const home = await mkdtemp(path.join(tmpdir(), 'nearcade-cli-'))
    try {
      const file = path.join(home, 'data')
      await writeFile(file, Buffer.alloc(12 * mib))
      const hashes = Array.from({ length: 12 }, (_, n) => n.toString(16).padStart(64, '0'))
      const missing = new Set(hashes)
      const view = (): UploadView => ({
        uploadId: 'u',
        state: 'receiving',
        missing: [...missing],
        missingBytes: missing.size * mib,
        totalBytes: 12 * mib,
      })
      let nowMs = 0
      const bodies: number[] = []
      let told = 0
      let twice = 0
      await sendMissing(view(), {
        api: {
          view: async () => view(),
          async send(_uploadId, body) {
            const sent = [...Array(Math.floor(body.length / mib)).keys()].map((n) =>
              Buffer.from(body.subarray(n * (mib + 36), n * (mib + 36) + 32)).toString('hex'),
            )
            bodies.push(sent.length)
            // A minute is two chunks long; a proxy waits for no more. What came whole is kept.
            for (const hash of sent.slice(0, 2)) if (!missing.delete(hash)) twice += 1
            nowMs += Math.min(60_000, sent.length * 30_000)
            if (sent.length > 2) throw knownFault('unreachable', 'router-unreachable')
            return missing.size * mib
          },
        },
        places: chunkPlaces([{ size: 12 * mib, chunks: hashes }]),
        files: [file],
        patience: {
          giveUpMs: 60_000,
          nowMs: () => nowMs,
          random: () => 0,
          wait: async (ms) => void (nowMs += ms),
        },
        lanes: 1,
        sent: (bytes) => void (told += bytes),
      })
      expect([missing.size, twice, told]).to.deep.equal([0, 0, 12 * mib])
      expect(bodies).to.deep.equal([7, 3, 1, 1, 1, 1, 1, 1, 1, 1])
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  })
})

describe('hashes that are kept', () => {
  const file = (change: Partial<BuildFile> = {}): BuildFile => ({
    path: 'a',
    size: 3,
    executable: false,
    mtimeNs: 1_000_000_000_000n,
    inode: 7n,
    ...change,
  })
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-cache-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('are believed of a file that looks the same, and no other', async () => {
    const nowMs = (): number => 1_002_500
    await (await openHashCache(folder, '/build', nowMs)).keep([[file(), ['x']]])
    const cache = await openHashCache(folder, '/build', nowMs)
    expect(cache.find(file())).to.deep.equal(['x'])
    for (const change of [{ size: 4 }, { mtimeNs: 1n }, { inode: 8n }, { path: 'b' }, { path: '__proto__' }])
      expect(cache.find(file(change)), JSON.stringify(Object.keys(change))).to.equal(null)
    expect((await openHashCache(folder, '/other', nowMs)).find(file())).to.equal(null)
    cache.clear()
    expect(cache.find(file())).to.equal(null)
  })

  it('are not believed of a file that was written just before it was read', async () => {
    await (await openHashCache(folder, '/fresh', () => 1_001_000)).keep([[file(), ['x']]])
    expect((await openHashCache(folder, '/fresh', () => 1_900_000)).find(file())).to.equal(null)
  })

  it('may be lost or broken', async () => {
    await (await openHashCache(folder, '/broken', () => 1_900_000)).keep([[file(), ['x']]])
    const { readdir } = await import('node:fs/promises')
    for (const name of await readdir(folder)) await writeFile(path.join(folder, name), '{"root":')
    expect((await openHashCache(folder, '/broken', () => 1_900_000)).find(file())).to.equal(null)
    await (await openHashCache('/dev/null/nowhere', '/x', () => 1)).keep([])
  })
})

describe('what does not belong to a build', () => {
  it('is what .nearcadeignore says, and what tools leave behind; never the manifest', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-ignore-'))
    await writeFile(path.join(folder, '.nearcadeignore'), '*.psd\nsource/\n!keep.psd\n*.json\n')
    const isIgnored = await readIgnored(folder)
    await rm(folder, { recursive: true, force: true })
    const no = [
      'a.psd',
      'b/a.psd',
      'source/',
      '.git/',
      '.DS_Store',
      'x/Thumbs.db',
      '.nearcadeignore',
      'data.json',
    ]
    expect(no.filter((at) => !isIgnored(at))).to.deep.equal([])
    const yes = ['keep.psd', 'sources/', 'nearcade.title.json', 'game', '../x']
    expect(yes.filter(isIgnored)).to.deep.equal([])
  })
})

describe('a manifest that is drafted', () => {
  const file = (at: string, form: LookedAt['form'], executable = true): LookedAt => ({
    path: at,
    form,
    executable,
  })
  const cases: readonly (readonly [string, readonly LookedAt[], object])[] = [
    ['a page', [file('index.html', 'other'), file('a.js', 'other')], { kind: 'html5', path: 'index.html' }],
    ['the only page', [file('game.html', 'other')], { kind: 'html5', path: 'game.html' }],
    [
      'a Unity build',
      [file('g.x86_64', 'linux'), file('UnityPlayer.so', 'linux')],
      { kind: 'linux', path: 'g.x86_64' },
    ],
    [
      'a program among tools',
      [file('game', 'linux'), file('tools/a', 'linux')],
      { kind: 'linux', path: 'game' },
    ],
    ['nothing', [file('readme', 'other')], { candidates: [] }],
    [
      'a page and a program',
      [file('index.html', 'other'), file('game', 'linux')],
      { candidates: ['index.html', 'game'] },
    ],
  ]
  for (const [what, files, start] of cases)
    it(`starts ${what}`, () => expect(guessStart(files, undefined)).to.deep.equal(start))

  it('is one that the schema takes, whatever the game is called', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme-ascii' }),
        fc.boolean(),
        (name, isPage) => {
          const start = isPage
            ? ({ kind: 'html5', path: 'i.html' } as const)
            : ({ kind: 'linux', path: 'a/b' } as const)
          const draft = newManifest({ id: idFrom(name), name, genre: '', start, cover: null, schema: 'x' })
          expect(readManifest(JSON.stringify(draft)).ok).to.equal(true)
        },
      ),
    )
  })
})

describe('words', () => {
  it('are short', () => {
    expect([0, 999, 1000, 1_540_000, 99_950_000, 2e12].map(bytesText)).to.deep.equal([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.5 MB',
      '100 MB',
      '2.0 TB',
    ])
    expect(
      columns([
        ['a', 'bb', 'c'],
        ['aaa', 'b', ''],
      ]),
    ).to.deep.equal(['a    bb  c', 'aaa  b'])
  })

  it('of others do nothing to a terminal', () => {
    const title = '\u001b]0;owned\u0007'
    const written: string[] = []
    const stream = { write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream
    const streams = { stdout: stream, stderr: stream }
    const said = `a${title}\u009b2J\u202eb\nc`
    tell(streams, false, { result: {}, lines: [said, ...columns([[said, 'x']])] })
    tellFault(streams, false, new Fault('refused', { code: 'x', what: said, next: said, details: [said] }))
    tell(streams, true, { result: { said }, lines: [] })
    openProgress(streams, true, () => 0).note(said)
    openProgress(streams, false, () => 0).note(said)
    expect(written.join('').replaceAll('\n', '')).not.to.match(/[\p{Cc}\u202e]/u)
    expect(written[0]).to.contain('a\ufffd]0;owned\ufffd\ufffd2J\ufffdb c\n')
    expect((JSON.parse(written[2] ?? '') as { result: { said: string } }).result.said).to.equal(said)
  })
})

describe('a key of the environment', () => {
  it('goes to no address that it was not meant for, where others could read it on its way', async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'nearcade-cli-'))
    try {
      const around = {
        env: { NEARCADE_KEY: 'nck_secret' },
        home,
        cwd: home,
        stdin: process.stdin,
        threads: 1,
        signal: new AbortController().signal,
        nowMs: () => 0,
        random: () => 0,
        wait: async () => {},
      }
      const asked: string[] = []
      const goesTo = async (current: string, named?: string): Promise<unknown> => {
        await writeKeys(keyFileOf(around), { current, servers: {} })
        return memberOf(around, named, async ({ server }) => {
          asked.push(server)
          return { id: 'o', name: 'O' }
        }).then(
          ({ router }) => router[Symbol.dispose](),
          ({ code }: Fault) => code,
        )
      }
      for (const far of ['http://your.network', 'http://127.0.0.1.evil.example', 'http://localhost.example'])
        expect(await goesTo(far), far).to.equal('no-server')
      expect(asked).to.deep.equal([])
      await goesTo('https://your.network')
      await goesTo('http://127.0.0.1:8080')
      await goesTo('https://your.network', 'http://lan.example')
      expect(asked).to.deep.equal(['https://your.network', 'http://127.0.0.1:8080', 'http://lan.example'])
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  })
})

describe('nearcade title stats', () => {
  it('says how a title feels, by place, and what players think; or that nothing is known', () => {
    const full = statsLines(fullStats, fullRatings).join('\n')
    expect(full).to.contain('12 sessions measured: click-to-photon 48 ms, one in twenty over 97 ms; 1.0 % of')
    expect(full).to.contain('Players rate it 4.14 of 5 stars; 7 did.')
    expect(full).to.match(/^PT 39,-9 +60 +42 ms \/ 84 ms +1\.0 % +3\.0$/m)
    expect(full).to.match(/^elsewhere +2 +- \/ -/m)
    expect(statsLines(emptyStats, emptyRatings).slice(1)).to.deep.equal([
      'No session was measured.',
      'Nobody has rated it yet.',
    ])
  })
})
