import type { CheckMeasures } from '../../config/protocol/check.ts'
import type { CheckItem, CheckReport } from '../../config/protocol/publishing.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import { item } from './checkItems.ts'
import { files, network } from './judgeAccess.ts'
import { saves, type StartedAgain } from './judgeSaves.ts'

const longestStartMs = 30_000
/** In which fewer frames are drawn, nothing moves: a menu that waits is no slow game. */
const movingFrames = 5
const leastMovingSeconds = 2
const leastShare = 0.8
/** Of the picture: a cursor that blinks is no answer to an input. */
const leastChange = 0.002
/** Of a window's sides: smaller ones are helpers of toolkits that nobody sees. */
const popUpPx = 16

type Judged = Pick<TitleManifest, 'display' | 'network' | 'saves' | 'sound'>

/** Pure: whether a version may go live, and for everything that stands against it what to do. */
export function judge(
  measures: CheckMeasures,
  again: StartedAgain,
  { display, network: promisedNetwork, saves: globs, sound: promised }: Judged,
  atMs: number,
): CheckReport {
  const items = [
    firstPicture(measures),
    frames(measures, display),
    reacts(measures),
    sound(measures, promised === 'none'),
    resolution(measures, display),
    popUps(measures, display),
    exit(measures),
    network(measures, promisedNetwork === 'none'),
    files(measures),
    saves(measures, again, globs),
  ]
  const log = again.kind === 'started' ? [...measures.log, ...again.found.log].slice(-100) : measures.log
  return { atMs, items, pictures: measures.pictures.map(({ name }) => name), log }
}

export const hasPassed = ({ items }: CheckReport): boolean => items.every(({ passed }) => passed)

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function firstPicture({ firstPictureMs }: CheckMeasures): CheckItem {
  return item(
    'first-picture',
    firstPictureMs !== null && firstPictureMs <= longestStartMs,
    firstPictureMs === null ? 'the screen stayed dark' : `after ${seconds(firstPictureMs)}`,
    `Show something within ${longestStartMs / 1000} seconds, if only a loading screen. Look at the log for what kept it from starting, and at runtime.command and runtime.needs.`,
  )
}

function frames({ framesBySecond }: CheckMeasures, { fps }: Screen): CheckItem {
  const moving = framesBySecond.filter((drawn) => drawn >= movingFrames).sort((a, b) => b - a)
  if (moving.length < leastMovingSeconds)
    return item('frames', true, 'nothing moved for long enough to be counted', '')
  // Loading and pauses are slower than play: a quarter of the seconds has to be as fast as promised.
  const sustained = moving[Math.floor(moving.length / 4)] ?? 0
  return item(
    'frames',
    sustained >= fps * leastShare,
    `${sustained} of ${fps} frames a second`,
    `Ask for what the game needs in limits.cpuCores, make it draw faster, or promise less: set display.fps to ${sustained}.`,
  )
}

function reacts({ changedByInput, inputs }: CheckMeasures): CheckItem {
  const percent = (changedByInput * 100).toFixed(1)
  return item(
    'reacts',
    changedByInput >= leastChange,
    inputs.length === 0
      ? 'no input could be made'
      : `${percent} % of the picture changed after ${inputs.join(', ')}`,
    'The picture did not change whatever was pressed. See that the game has the keyboard focus, and that input names the keys that it listens to.',
  )
}

function sound({ loudestDbfs, hasSoundServer }: CheckMeasures, isSilent: boolean): CheckItem {
  if (isSilent) return item('sound', true, 'it has none, as the manifest says', '')
  if (!hasSoundServer)
    return item('sound', false, 'the node had no sound', 'This is the node’s fault: run the check again.')
  return item(
    'sound',
    loudestDbfs !== null,
    loudestDbfs === null ? 'silence all the time' : `up to ${loudestDbfs.toFixed(0)} dB of full scale`,
    'Play sound through PulseAudio, ALSA or SDL, and some of it within the first ten seconds: a title screen’s music or a click does. If it has none at all, say so: "sound": "none".',
  )
}

type Window = CheckMeasures['windows'][number]
type Screen = TitleManifest['display']
const covers = ({ xPx, yPx, widthPx, heightPx }: Window, screen: Screen): boolean =>
  xPx <= 0 && yPx <= 0 && xPx + widthPx >= screen.widthPx && yPx + heightPx >= screen.heightPx
const sizeOf = ({ widthPx, heightPx }: { widthPx: number; heightPx: number }): string =>
  `${widthPx}x${heightPx}`

function resolution({ windows }: CheckMeasures, screen: Screen): CheckItem {
  const largest = windows.toSorted((a, b) => b.widthPx * b.heightPx - a.widthPx * a.heightPx)[0]
  const isCovered = windows.some((window) => covers(window, screen))
  const found =
    largest === undefined ? 'no window' : `a window of ${sizeOf(largest)} at ${largest.xPx},${largest.yPx}`
  return item(
    'resolution',
    isCovered,
    `${isCovered ? 'fills' : found + ' on'} the screen of ${sizeOf(screen)}`,
    `Start full screen at ${sizeOf(screen)}, or set display.widthPx and display.heightPx to what the game draws.`,
  )
}

function popUps({ windows }: CheckMeasures, screen: Screen): CheckItem {
  const game = windows.findLastIndex((window) => covers(window, screen))
  const above = windows
    .slice(game + 1)
    .filter(({ widthPx, heightPx }) => widthPx >= popUpPx && heightPx >= popUpPx)
  // Where no window fills the screen, one of them is the game.
  const left = game < 0 ? above.slice(1) : above
  return item(
    'pop-ups',
    left.length === 0,
    left.length === 0 ? 'none' : `${left.map(sizeOf).join(', ')} on top of the game`,
    'Start the game itself instead of its launcher, and turn off its first-start dialogs: a player can neither move nor close them.',
  )
}

function exit({ exit: how }: CheckMeasures): CheckItem {
  const isClean =
    (how.kind === 'exited' && how.asked && how.code === 0) ||
    (how.kind === 'signalled' && how.asked && how.signal === 'SIGTERM')
  const after = how.kind !== 'stayed' && how.asked ? ` ${seconds(how.tookMs)} after it was asked to end` : ''
  const early = how.kind !== 'stayed' && !how.asked ? ' before it was asked to end' : ''
  const words = {
    exited: () => (how.kind === 'exited' ? `exit code ${how.code}` : ''),
    signalled: () => (how.kind === 'signalled' ? `signal ${how.signal}` : ''),
    outOfMemory: () => 'out of memory',
    stayed: () => 'went on after it was asked to end (SIGTERM)',
  }
  return item(
    'exit',
    isClean,
    `${words[how.kind]()}${after}${early}`,
    how.kind === 'outOfMemory'
      ? 'Ask for more in limits.memoryBytes, or use less.'
      : 'End with exit code 0 within five seconds of SIGTERM, and not before. The log has what it said last.',
  )
}
