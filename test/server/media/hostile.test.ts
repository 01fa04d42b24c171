import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { pino } from 'pino'
import { NearcadeError } from '../../../config/errors.ts'
import { runConfined } from '../../../server/media/confined.ts'
import { type Ffmpeg, openFfmpeg } from '../../../server/media/ffmpeg.ts'
import { transcode } from '../../../server/media/transcode.ts'
import { asIfMp4, pngOf, samples as goodFiles, type Samples } from './samples.ts'

const never = new AbortController().signal
const limits = { memoryBytes: 512 * 1024 ** 2, cpuSeconds: 7, wallMs: 10_000, fileBytes: 1024 ** 2 }

describe('what is brought to be shown', () => {
  let folder: string
  let samples: Samples
  let tool: Ffmpeg

  before(async function () {
    this.timeout(60_000)
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-media-'))
    samples = await goodFiles()
    const found = await openFfmpeg('', folder, pino({ level: 'silent' }), never)
    if (found === null) throw new Error('no ffmpeg works here')
    tool = found
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function refusal(form: 'picture' | 'trailer', bytes: Buffer | string): Promise<string> {
    const own = await mkdtemp(path.join(folder, 'work-'))
    await writeFile(path.join(own, 'brought'), bytes)
    const made = await transcode(tool, { folder: own, file: 'brought', form, signal: never }).then(
      ({ kind }) => kind,
      (cause: unknown) => {
        if (!(cause instanceof NearcadeError)) throw cause
        return cause.code
      },
    )
    return made
  }

  const etc = 'file:///etc/passwd'
  const riff = Buffer.concat([Buffer.from('RIFF\x40\0\0\0WEBPVP8 \x20\0\0\0'), Buffer.alloc(64, 1)])
  const hostile: readonly (readonly [
    what: string,
    form: 'picture' | 'trailer',
    bytes: (good: Samples) => Buffer | string,
    code: string,
  ])[] = [
    ['a page', 'picture', () => '<!doctype html><script>alert(1)</script>', 'media-type'],
    ['an SVG', 'picture', () => '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 'media-type'],
    ['nothing', 'picture', () => '', 'media-type'],
    ['a film as a picture', 'picture', ({ mp4 }) => mp4, 'media-type'],
    ['a picture as a film', 'trailer', ({ png }) => png, 'media-type'],
    ['a playlist of local files', 'trailer', () => `#EXTM3U\n#EXTINF:1,\n${etc}\n`, 'media-type'],
    ['a playlist of other hosts', 'trailer', () => '#EXTM3U\nhttp://192.0.2.1/a.ts\n', 'media-type'],
    ['a list of files to join', 'trailer', () => `ffconcat version 1.0\nfile '${etc}'\n`, 'media-type'],
    [
      'a playlist behind the first bytes of a film',
      'trailer',
      () => asIfMp4(`\n#EXTM3U\n${etc}\n`),
      'media-broken',
    ],
    ['a picture of 900 megapixels', 'picture', () => pngOf(30_000, 30_000), 'media-dimensions'],
    ['a picture of one pixel', 'picture', () => pngOf(1, 1), 'media-dimensions'],
    ['a picture without any pixels', 'picture', () => pngOf(800, 600), 'media-broken'],
    ['a picture cut in half', 'picture', ({ png }) => png.subarray(0, png.length / 2), 'media-broken'],
    ['a JPEG cut in its header', 'picture', ({ jpeg }) => jpeg.subarray(0, 40), 'media-broken'],
    ['a WebP of noise', 'picture', () => riff, 'media-broken'],
    [
      'a GIF of 65535 pixels a side',
      'picture',
      () => Buffer.from('GIF89a\xff\xff\xff\xff\0\0\0\0\0\0', 'latin1'),
      'media-dimensions',
    ],
    ['a film cut in half', 'trailer', ({ mp4 }) => mp4.subarray(0, mp4.length / 2), 'media-broken'],
    [
      'a WebM of noise',
      'trailer',
      () => Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.alloc(4096, 7)]),
      'media-broken',
    ],
    ['sound without a film', 'trailer', ({ sound }) => sound, 'media-broken'],
    ['a film of more than a minute', 'trailer', ({ long }) => long, 'media-too-long'],
    [
      'more bytes than a picture may have',
      'picture',
      ({ png }) => Buffer.concat([png, Buffer.alloc(10 * 1024 ** 2)]),
      'media-too-large',
    ],
  ]
  for (const [what, form, bytes, code] of hostile)
    it(`refuses ${what}: ${code}`, async function () {
      this.timeout(20_000)
      expect(await refusal(form, bytes(samples))).to.equal(code)
    })

  it('makes what is good into pictures of three widths, and into a film with one of them', async function () {
    this.timeout(30_000)
    const own = await mkdtemp(path.join(folder, 'good-'))
    const of = async (name: string, bytes: Buffer, form: 'picture' | 'trailer') => {
      await writeFile(path.join(own, name), bytes)
      return transcode(tool, { folder: own, file: name, form, signal: never })
    }
    const large = await of('large', samples.jpeg, 'picture')
    expect(large.kind === 'picture' && large.files.map((one) => [one.widthPx, one.heightPx])).to.deep.equal([
      [320, 180],
      [640, 360],
      [1280, 720],
    ])
    const small = await of('small', samples.png, 'picture')
    expect(small.kind === 'picture' && small.files.map((one) => one.widthPx)).to.deep.equal([320, 640, 700])
    for (const film of [samples.mp4, samples.webm]) {
      const made = await of('film', film, 'trailer')
      if (made.kind !== 'trailer') throw new Error('no trailer')
      expect(made.seconds).to.be.within(0.9, 2.2)
      expect(made.poster.length).to.be.above(0)
    }
    // The index of a film that begins before it has come whole is before its pictures.
    const names = await readdir(own)
    expect(names).to.include('trailer.mp4')
  })

  it('gives up at once when nobody wants it any more, and leaves no program behind', async () => {
    const stop = new AbortController()
    const running = runConfined('none')('sleep', ['60'], { folder, limits, signal: stop.signal })
    stop.abort(new Error('unwanted'))
    expect(await running.catch((cause: Error) => cause.message)).to.equal('unwanted')
  })

  it('reads it under limits of memory, time and size, niced, and where there are neither other files nor a network', async () => {
    const secret = path.join(folder, 'secret')
    await writeFile(secret, 'key')
    const own = await mkdtemp(path.join(folder, 'cage-'))
    const look = `ulimit -v; ulimit -t; ulimit -f; nice; ls ${folder}/secret /etc/passwd 2>&1 | grep -c cannot; ls /sys/class/net 2>/dev/null | wc -l; env | grep -c SECRET`
    const { said } = await runConfined('bubblewrap')('sh', ['-c', `(${look}) >&2`], {
      folder: own,
      limits,
      signal: never,
    })
    const [memory, cpu, file, niceness, ...around] = said.trim().split('\n')
    expect([memory, cpu, file, ...around]).to.deep.equal(['524288', '7', '2048', '2', '0', '0'])
    expect(Number(niceness)).to.be.at.least(15)
    const late = await runConfined('none')('sleep', ['60'], {
      folder,
      limits: { ...limits, wallMs: 30 },
      signal: never,
    })
    expect(late).to.include({ code: null, isLate: true })
  })
})
