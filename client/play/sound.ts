import type { Settings } from '../ui/settings.ts'
import type { Pills } from './pills.ts'

export interface SoundState {
  readonly muted: boolean
  readonly volume: number
}

/** Volume and mute, remembered; and the way back to sound where the browser or `autostart` took it. */
export class Sound {
  readonly #stage: HTMLVideoElement
  readonly #pills: Pills
  readonly #onChange: (state: SoundState) => void
  #volume: number

  constructor(
    stage: HTMLVideoElement,
    pills: Pills,
    from: Pick<Settings, 'volume' | 'muted'>,
    onChange: (state: SoundState) => void,
  ) {
    this.#stage = stage
    this.#pills = pills
    this.#onChange = onChange
    this.#volume = from.volume
    stage.muted = from.muted
    stage.volume = from.volume
    // The player mutes the stage itself when the browser forbids sound before the first click.
    stage.addEventListener('volumechange', () => this.#offer())
  }

  get state(): SoundState {
    return { muted: this.#stage.muted, volume: this.#volume }
  }

  /** Muted without anyone having chosen it, so not remembered. */
  muteForNow(): void {
    this.#stage.muted = true
  }

  setMuted(muted: boolean): void {
    if (!muted && this.#volume === 0) this.#volume = 0.5
    this.#stage.volume = this.#volume
    this.#stage.muted = muted
    this.#onChange(this.state)
  }

  setVolume(volume: number): void {
    this.#volume = volume
    this.#stage.volume = volume
    this.#stage.muted = volume === 0
    this.#onChange(this.state)
  }

  #offer(): void {
    if (this.#stage.muted)
      this.#pills.show('muted', { icon: 'muted', text: 'Unmute', onClick: () => this.setMuted(false) })
    else this.#pills.hide('muted')
  }
}
