/** What a title is played with before its cover is taken. Times in ms. */
export type CoverStep =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'press'; readonly control: string; readonly ms: number }
  | { readonly kind: 'down' | 'up'; readonly control: string }
  | { readonly kind: 'pointer'; readonly x: number; readonly y: number }
  | { readonly kind: 'move'; readonly dxPx: number; readonly dyPx: number }

const wait = (ms: number): CoverStep => ({ kind: 'wait', ms })
const press = (control: string, ms = 90): CoverStep => ({ kind: 'press', control, ms })
const down = (control: string): CoverStep => ({ kind: 'down', control })
const up = (control: string): CoverStep => ({ kind: 'up', control })
const pointer = (x: number, y: number): CoverStep => ({ kind: 'pointer', x, y })

const doom: readonly CoverStep[] = [
  wait(2200),
  press('ArrowUp', 1150),
  press('ArrowRight', 120),
  down('ControlRight'),
  wait(290),
]

export const coverScripts: Readonly<Record<string, readonly CoverStep[]>> = {
  freedoom: doom,
  'freedoom-lite': doom,
  supertux: [
    wait(3000),
    press('Enter'),
    wait(900),
    press('ArrowRight', 900),
    down('ArrowRight'),
    wait(400),
    down('Space'),
    wait(430),
  ],
  lbreakouthd: [
    ...[
      wait(2500),
      press('Enter'),
      wait(700),
      press('Enter'),
      wait(1500),
      pointer(0.3, 0.5),
      wait(200),
      press('Mouse0'),
    ],
    ...[wait(900), pointer(0.24, 0.5), wait(350), up('Mouse0')],
  ],
  stardust: [
    ...[
      wait(3500),
      press('Enter'),
      wait(600),
      pointer(0.5, 0.8),
      down('Mouse0'),
      wait(700),
      pointer(0.25, 0.35),
    ],
    ...[
      wait(900),
      pointer(0.7, 0.25),
      wait(900),
      pointer(0.75, 0.7),
      wait(900),
      pointer(0.3, 0.6),
      wait(900),
    ],
    ...[pointer(0.6, 0.35), wait(650)],
  ],
  'latency-lab': [
    ...[
      wait(3000),
      pointer(0.62, 0.4),
      press('KeyA'),
      wait(2600),
      press('Space'),
      wait(200),
      press('Enter'),
      wait(200),
    ],
  ],
}

/** For a title nobody wrote a script for: wait, and take what shows. */
export const plainScript: readonly CoverStep[] = [wait(6000)]
