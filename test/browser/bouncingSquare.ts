/** A game that is in no catalogue. */
export const manifest = (version: string, change: Record<string, unknown> = {}) => ({
  id: 'bouncing-square',
  version,
  name: 'Bouncing Square',
  tagline: 'It bounces.',
  description: 'A square that changes its way at every key.',
  genre: 'Toy',
  licence: { spdx: 'CC0-1.0', source: 'made for this test' },
  cover: 'cover.png',
  runtime: { kind: 'html5', page: 'index.html', needs: [], packages: [] },
  display: { widthPx: 640, heightPx: 360, fps: 10 },
  sound: 'none',
  input: { pointer: 'none', pad: 'none', touch: 'pointer', touchButtons: [], touchStick: null },
  controls: [{ keys: 'Space', does: 'turn' }],
  limits: { memoryBytes: 512 * 1024 * 1024, maxProcesses: 200, cpuCores: 1, tmpBytes: 64 * 1024 * 1024 },
  ...change,
})

export const page = `<!doctype html><style>body{margin:0;background:#123}canvas{display:block}</style><title>Bouncing Square</title><canvas width="640" height="360"></canvas><script src="js/game.js"></script>`
export const script = `
  const draw = document.querySelector('canvas').getContext('2d')
  let [x, step] = [0, 3]
  addEventListener('keydown', () => { step = -step })
  requestAnimationFrame(function frame() {
    x = (x + step + 640) % 640
    draw.fillStyle = '#123'; draw.fillRect(0, 0, 640, 360)
    draw.fillStyle = '#fd4'; draw.fillRect(x, 150, 60, 60)
    requestAnimationFrame(frame)
  })`
/** One pixel. */
export const cover = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)
