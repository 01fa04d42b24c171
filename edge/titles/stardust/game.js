'use strict'

/** Stardust Patrol: shoot the rocks, gather the stars that fall out of them, do not get hit. */
const [width, height] = [1280, 720]
const canvas = document.getElementById('stage')
canvas.width = width
canvas.height = height
const ink = canvas.getContext('2d', { alpha: false })
const turn = Math.PI * 2
const random = (from, to) => from + Math.random() * (to - from)
const rockHues = [205, 265, 325]
const sky = drawSky()

/** The page around the player, where there is one: it hears how the game goes, and may start it. */
const page = globalThis.nearcade
page?.addEventListener('message', ({ data }) => {
  if (data?.start === true) newGame('playing')
})

let state
let best = Number(localStorage.getItem('best') ?? 0)
newGame('waiting')

function newGame(phase) {
  state = {
    phase,
    score: 0,
    lives: 3,
    wave: 0,
    shakePx: 0,
    sinceEndS: 0,
    ship: { x: width / 2, y: height * 0.62, vx: 0, vy: 0, angle: -Math.PI / 2, safeS: 2, reloadS: 0 },
    shots: [],
    rocks: [],
    stars: [],
    sparks: [],
  }
  nextWave()
  if (phase === 'playing') page?.send({ started: true })
}

function nextWave() {
  state.wave++
  if (state.phase === 'playing') sound.wave()
  for (let i = 0; i < 3 + state.wave; i++) {
    const edge = Math.random() < 0.5
    addRock(
      3,
      edge ? random(0, width) : Math.random() < 0.5 ? -60 : width + 60,
      edge ? -60 : random(0, height * 0.4),
    )
  }
}

function addRock(size, x, y) {
  const angle = random(0, turn)
  const speed = random(30, 60) * (1.6 - size * 0.2) + state.wave * 5
  const corners = Array.from({ length: 11 }, (_, i) => ({ at: (i / 11) * turn, far: random(0.78, 1.08) }))
  const drift = { vx: Math.cos(angle) * speed, vy: Math.sin(angle) * speed, spin: random(-1, 1) }
  state.rocks.push({ x, y, size, radius: size * 19 + 6, corners, hue: rockHues[size - 1], angle, ...drift })
}

function burst(x, y, hue, count, speed) {
  for (let i = 0; i < count; i++) {
    const angle = random(0, turn)
    const fast = random(0.2, 1) * speed
    state.sparks.push({
      x,
      y,
      vx: Math.cos(angle) * fast,
      vy: Math.sin(angle) * fast,
      lifeS: random(0.3, 0.8),
      hue,
    })
  }
}

const near = (a, b, distance) => Math.abs(a.x - b.x) < distance && Math.hypot(a.x - b.x, a.y - b.y) < distance
const wrap = (thing, margin) => {
  thing.x = ((thing.x + margin + width + 2 * margin) % (width + 2 * margin)) - margin
  thing.y = ((thing.y + margin + height + 2 * margin) % (height + 2 * margin)) - margin
}
const drift = (things, seconds) => {
  for (const thing of things) {
    thing.x += thing.vx * seconds
    thing.y += thing.vy * seconds
  }
}

function fly(ship, seconds) {
  const wish = controls.read()
  let { x, y } = wish
  if (wish.target !== null) {
    const [dx, dy] = [wish.target.x * width - ship.x, wish.target.y * height - ship.y]
    const far = Math.hypot(dx, dy)
    const pull = Math.min(1, Math.max(0, far - 30) / 160)
    ;[x, y] = far > 0 ? [(dx / far) * pull, (dy / far) * pull] : [0, 0]
    if (far > 12) ship.angle = Math.atan2(dy, dx)
  } else if (x !== 0 || y !== 0) ship.angle = Math.atan2(y, x)
  ship.vx = (ship.vx + x * 1500 * seconds) * 0.04 ** seconds
  ship.vy = (ship.vy + y * 1500 * seconds) * 0.04 ** seconds
  ship.thrust = Math.hypot(x, y)
  drift([ship], seconds)
  wrap(ship, 20)
  ship.safeS -= seconds
  ship.reloadS -= seconds
  if (!wish.firing || ship.reloadS > 0) return
  ship.reloadS = 0.16
  const [cos, sin] = [Math.cos(ship.angle), Math.sin(ship.angle)]
  state.shots.push({ x: ship.x + cos * 22, y: ship.y + sin * 22, vx: cos * 760, vy: sin * 760, lifeS: 1 })
  sound.shot()
  controls.rumble(0.15, 40)
}

function breakRock(rock) {
  state.score += (4 - rock.size) * 50
  state.shakePx = Math.max(state.shakePx, rock.size * 2)
  sound.hit(rock.size)
  burst(rock.x, rock.y, rock.hue, 10 * rock.size, 60 + 60 * rock.size)
  rock.gone = true
  if (rock.size > 1) for (let i = 0; i < 2; i++) addRock(rock.size - 1, rock.x, rock.y)
  else if (Math.random() < 0.5) {
    const slow = { vx: rock.vx * 0.2, vy: rock.vy * 0.2 }
    state.stars.push({ x: rock.x, y: rock.y, ...slow, lifeS: 8 })
  }
}

function loseShip() {
  const { ship } = state
  sound.lost()
  controls.rumble(1, 400)
  burst(ship.x, ship.y, 30, 90, 340)
  state.shakePx = 18
  state.lives--
  if (state.lives === 0) {
    state.phase = 'over'
    state.sinceEndS = 0
    best = Math.max(best, state.score)
    localStorage.setItem('best', String(best))
    page?.send({ over: true, score: state.score })
  } else Object.assign(ship, { x: width / 2, y: height * 0.62, vx: 0, vy: 0, safeS: 2.5 })
}

function step(seconds) {
  const { ship } = state
  state.sinceEndS += seconds
  if (state.phase === 'playing') fly(ship, seconds)
  else if (controls.start() && state.sinceEndS > 1) newGame('playing')
  for (const things of [state.shots, state.rocks, state.stars, state.sparks]) drift(things, seconds)
  for (const rock of state.rocks) {
    wrap(rock, 70)
    rock.angle += rock.spin * seconds
    for (const shot of state.shots) {
      if (shot.lifeS <= 0 || rock.gone || !near(shot, rock, rock.radius)) continue
      shot.lifeS = 0
      breakRock(rock)
    }
    if (state.phase === 'playing' && ship.safeS <= 0 && !rock.gone && near(ship, rock, rock.radius + 9)) {
      breakRock(rock)
      loseShip()
    }
  }
  for (const star of state.stars) {
    if (state.phase !== 'playing' || !near(ship, star, 34)) continue
    star.lifeS = 0
    state.score += 250
    sound.star()
    controls.rumble(0.3, 80)
    burst(star.x, star.y, 50, 24, 200)
  }
  const alive = (thing) => (thing.lifeS -= seconds) > 0
  state.shots = state.shots.filter(alive)
  state.stars = state.stars.filter(alive)
  state.sparks = state.sparks.filter(alive)
  state.rocks = state.rocks.filter((rock) => !rock.gone)
  state.shakePx *= 0.02 ** seconds
  if (state.rocks.length === 0) nextWave()
}

function drawSky() {
  const picture = new OffscreenCanvas(width, height)
  const brush = picture.getContext('2d', { alpha: false })
  const depth = brush.createLinearGradient(0, 0, 0, height)
  depth.addColorStop(0, '#070a1f')
  depth.addColorStop(0.6, '#141033')
  depth.addColorStop(1, '#2a1038')
  brush.fillStyle = depth
  brush.fillRect(0, 0, width, height)
  for (const [x, y, radius, hue] of [
    [260, 200, 380, 225],
    [980, 520, 420, 300],
    [760, 120, 260, 190],
  ]) {
    const cloud = brush.createRadialGradient(x, y, 0, x, y, radius)
    cloud.addColorStop(0, `hsl(${hue} 70% 50% / 0.22)`)
    cloud.addColorStop(1, `hsl(${hue} 70% 50% / 0)`)
    brush.fillStyle = cloud
    brush.fillRect(0, 0, width, height)
  }
  for (let i = 0; i < 320; i++) {
    brush.fillStyle = `hsl(${random(180, 300)} 60% 90% / ${random(0.2, 0.9)})`
    const size = Math.random() < 0.08 ? 3 : random(0.6, 1.8)
    brush.fillRect(random(0, width), random(0, height), size, size)
  }
  return picture
}

function polygon(points) {
  ink.beginPath()
  for (const [x, y] of points) ink.lineTo(x, y)
  ink.closePath()
}

function drawShip({ x, y, angle, thrust, safeS }) {
  if (safeS > 0 && Math.floor(safeS * 10) % 2 === 0) return
  ink.save()
  ink.translate(x, y)
  ink.rotate(angle)
  if (thrust > 0.1) {
    polygon([
      [-12, -7],
      [-16 - thrust * random(14, 30), 0],
      [-12, 7],
    ])
    ink.fillStyle = '#ffb347'
    ink.fill()
  }
  polygon([
    [22, 0],
    [-14, -14],
    [-8, 0],
    [-14, 14],
  ])
  ink.fillStyle = '#e8f1ff'
  ink.fill()
  polygon([
    [12, 0],
    [-4, -5],
    [-4, 5],
  ])
  ink.fillStyle = '#3fa7ff'
  ink.fill()
  ink.restore()
}

function drawRock({ x, y, angle, corners, radius, hue }) {
  ink.save()
  ink.translate(x, y)
  ink.rotate(angle)
  polygon(corners.map(({ at, far }) => [Math.cos(at) * far * radius, Math.sin(at) * far * radius]))
  ink.fillStyle = `hsl(${hue} 32% 26%)`
  ink.fill()
  ink.lineWidth = 3
  ink.strokeStyle = `hsl(${hue} 75% 66%)`
  ink.stroke()
  ink.beginPath()
  ink.arc(radius * 0.25, -radius * 0.2, radius * 0.22, 0, turn)
  ink.fillStyle = `hsl(${hue} 30% 19%)`
  ink.fill()
  ink.restore()
}

function drawStar({ x, y, lifeS }) {
  if (lifeS < 2 && Math.floor(lifeS * 8) % 2 === 0) return
  const points = Array.from({ length: 10 }, (_, i) => {
    const [far, at] = [i % 2 === 0 ? 15 : 6, (i / 10) * turn + lifeS * 2]
    return [x + Math.cos(at) * far, y + Math.sin(at) * far]
  })
  polygon(points)
  ink.fillStyle = '#ffd84d'
  ink.fill()
}

function write(text, x, y, px, align = 'left', colour = '#dfe8ff') {
  ink.font = `600 ${px}px "DejaVu Sans", sans-serif`
  ink.textAlign = align
  ink.fillStyle = colour
  ink.fillText(text, x, y)
}

function draw() {
  ink.setTransform(1, 0, 0, 1, 0, 0)
  ink.drawImage(sky, 0, 0)
  ink.translate(random(-1, 1) * state.shakePx, random(-1, 1) * state.shakePx)
  for (const { x, y, lifeS, hue } of state.sparks) {
    ink.fillStyle = `hsl(${hue} 90% 65% / ${Math.min(1, lifeS * 2)})`
    ink.fillRect(x - 2, y - 2, 4, 4)
  }
  for (const rock of state.rocks) drawRock(rock)
  for (const star of state.stars) drawStar(star)
  ink.fillStyle = '#9cf6ff'
  for (const { x, y } of state.shots) ink.fillRect(x - 4, y - 4, 8, 8)
  if (state.phase === 'playing') drawShip(state.ship)
  ink.setTransform(1, 0, 0, 1, 0, 0)
  write(String(state.score).padStart(6, '0'), 32, 54, 32)
  write(`BEST ${String(best).padStart(6, '0')}`, width / 2, 46, 18, 'center', '#9fb0dd')
  write(`WAVE ${state.wave}`, width - 32, 46, 22, 'right', '#9fb0dd')
  for (let i = 0; i < state.lives; i++)
    drawShip({ x: 44 + i * 36, y: 86, angle: -Math.PI / 2, thrust: 0, safeS: 0 })
  if (state.phase === 'playing') return
  write('STARDUST PATROL', width / 2, 300, 76, 'center', '#ffd84d')
  const line =
    state.phase === 'over' ? `You gathered ${state.score} points` : 'Shoot the rocks, gather the stars'
  write(line, width / 2, 362, 28, 'center')
  write('Click, tap, press Enter or A', width / 2, 424, 24, 'center', '#9cf6ff')
  write(
    'Steer with arrows, mouse, finger or stick. Fire with Space, click, touch or A.',
    width / 2,
    470,
    18,
    'center',
    '#9fb0dd',
  )
}

let lastMs = performance.now()
function frame(nowMs) {
  const seconds = Math.min(0.05, Math.max(0, nowMs - lastMs) / 1000)
  lastMs = nowMs
  step(seconds)
  draw()
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)
