import { probeAll } from '../../../client/player/probe/measure.ts'

declare global {
  interface Window {
    probeAll: typeof probeAll
  }
}
window.probeAll = probeAll
