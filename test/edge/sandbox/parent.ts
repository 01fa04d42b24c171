/** Stands in for a session process that is killed: starts a display, sound and a game, says so, and waits. */
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { startGame } from '../../../edge/sandbox/game.ts'
import { startSound } from '../../../edge/sound/pulse.ts'
import { roomy, until } from './rig.ts'

const [sessionDir = '', freeze = ''] = process.argv.slice(2)
const display = await startDisplay({ sessionDir, seat: 39, widthPx: 320, heightPx: 200 })
const sound = await startSound({ sessionDir, seat: 39 })
const game = await startGame({
  sessionId: 'killed',
  seat: 39,
  command: ['sh', '-c', 'sleep 801 & echo up; exec sleep 801'],
  env: {},
  readOnly: {},
  homeDir: `${sessionDir}/home`,
  displaySocketFile: display.socketFile,
  displayNumber: display.number,
  authFile: display.authFile,
  soundSocketFile: sound.socketFile,
  limits: roomy,
})
await until('the game is up', () => game.log().includes('up'))
if (freeze === 'freeze') await game.freeze()
console.log(JSON.stringify({ framebufferFile: display.framebufferFile }))
setInterval(() => {}, 1000)
