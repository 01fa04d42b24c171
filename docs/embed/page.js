/// <reference path="./nearcade.d.ts" />
/** The page's own controls over the player. The player's bar stays: `controls="off"` takes it away. */
const player = document.querySelector('nearcade-player')
if (player === null) throw new Error('the page has no player')
const state = need('[data-role=state]')
const figures = need('[data-role=figures]')
const heard = need('[data-role=heard]')
const mute = need('[data-do=mute]')
const animate = need('[data-do=animate]')

/** @param {string} selector */
function need(selector) {
  const found = document.querySelector(selector)
  if (found === null) throw new Error(`the page has no ${selector}`)
  return found
}

// This visitor's user, as the shop knows them: their saves are there again on every visit.
player.launchToken = async () => {
  const answer = await fetch('/launch-token', { method: 'POST' })
  if (!answer.ok) throw new Error(`launch token: ${answer.status}`)
  return answer.text()
}

player.addEventListener('statechange', ({ detail: { words, siteName } }) => {
  state.textContent = siteName === null ? words : `${words} (${siteName})`
})
player.addEventListener('error', ({ detail: { code, what, next } }) => {
  state.textContent = `${what} ${next} (${code})`
})
player.addEventListener('stats', ({ detail: { heightPx, fps, bitrateBps } }) => {
  figures.textContent = `${heightPx}p, ${Math.round(fps)} fps, ${(bitrateBps / 1e6).toFixed(1)} Mbit/s`
})
player.addEventListener('volumechange', ({ detail: { muted } }) => {
  mute.setAttribute('aria-pressed', String(muted))
})

// What the two say to each other is theirs to agree on; this is what Latency Lab understands.
player.addEventListener('message', ({ detail }) => {
  heard.textContent = `The game says ${JSON.stringify(detail)}`
  if (typeof detail === 'object' && detail !== null && 'animating' in detail)
    animate.setAttribute('aria-pressed', String(detail.animating === true))
})
player.addEventListener('messageerror', ({ detail: { code, what, next } }) => {
  heard.textContent = `${what} ${next} (${code})`
})

/** @type {Record<string, () => unknown>} */
const actions = {
  start: () => player.start(),
  stop: () => player.stop(),
  mute: () => {
    player.muted = !player.muted
  },
  fullscreen: () => player.fullscreen(),
  animate: () => player.send({ animate: animate.getAttribute('aria-pressed') !== 'true' }),
}
for (const [name, act] of Object.entries(actions)) need(`[data-do=${name}]`).addEventListener('click', act)
