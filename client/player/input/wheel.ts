/** 100 CSS px are one notch, 3 lines are one notch, a page is one screen of about 8 notches. */
const perNotch = [100, 3, 1 / 8] as const

/** `WheelEvent.delta*` in its `deltaMode` (0 px, 1 lines, 2 pages) as notches. */
export const notches = (delta: number, deltaMode: number): number => delta / (perNotch[deltaMode] ?? 100)
