// Types of /sdk/nearcade.js, made by "npm run docs".
/** Nothing is imported here: docs/embed/nearcade.d.ts has these types as they stand. */
export type EmbedPhase = 'idle' | 'progress' | 'waiting' | 'playing' | 'reconnecting' | 'taken' | 'failed' | 'ended';
export interface EmbedState {
    readonly phase: EmbedPhase;
    /** The phase in plain words, for people. */
    readonly words: string;
    /** Where the game runs; null before that is known. */
    readonly siteName: string | null;
}
export interface EmbedFault {
    /** Stable, for programs; the sentences are for people. */
    readonly code: string;
    /** What happened. */
    readonly what: string;
    /** What to do next. */
    readonly next: string;
    readonly details?: readonly string[] | undefined;
}
/** Over the last second of the picture. */
export interface EmbedStats {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly fps: number;
    readonly bitrateBps: number;
    /** To the node; null before the first exchange. */
    readonly rttMs: number | null;
}
export interface EmbedSound {
    /** 0 to 1. */
    readonly volume: number;
    readonly muted: boolean;
}
/** What the events of `<nearcade-player>` tell, in their `detail`. */
export interface EmbedDetails {
    statechange: EmbedState;
    error: EmbedFault;
    /** Every second while playing. */
    stats: EmbedStats;
    volumechange: EmbedSound;
    /** What the game says: any JSON value. */
    message: unknown;
    /** A message that does not reach the game. Nothing else has changed. */
    messageerror: EmbedFault;
}
/** Signed by the page's own backend for its user; asked for anew with every visit. */
export type LaunchToken = string | (() => string | Promise<string>);
/**
 * `<nearcade-player game="title-id">`: a game in any page. It shows its poster and waits for a press; `start()` plays without one.
 *
 * Attributes: `game`; `network` (address of the network; by default where this script came from); `controls` (`off`: without the
 * player's own bar); `muted` and `volume` (0 to 1); `quality` (best, 720, 540, 360, saver); `autostart`; `launch-token`.
 * Its size is the page's CSS to say.
 *
 * Events: NearcadePlayerEvents; what they tell is in `detail`.
 */
export declare class NearcadePlayer extends HTMLElement {
    #private;
    static readonly observedAttributes: string[];
    /** Instead of the attribute `launch-token`. */
    launchToken: LaunchToken | null;
    constructor();
    get phase(): EmbedPhase;
    /** 0 to 1. */
    get volume(): number;
    set volume(volume: number);
    get muted(): boolean;
    set muted(muted: boolean);
    /** Plays, or plays again after an end or a fault. */
    start(): void;
    /** Ends the session. */
    stop(): void;
    /**
     * To the game, where its manifest has `messages`: any JSON value up to 16 KiB, 20 a second. One that does not get there comes back as
     * a `messageerror`.
     * @throws TypeError for what is no JSON value
     */
    send(message: unknown): void;
    /** Only right after a click or key, as browsers want it. @throws what the browser says where it does not allow that */
    fullscreen(): Promise<void>;
    /** Gives the keyboard to the game. Ctrl+Alt+Shift+X in the game gives it back. */
    focus(): void;
    addEventListener<K extends keyof NearcadePlayerEvents>(type: K, listener: (this: NearcadePlayer, event: NearcadePlayerEvents[K]) => void, options?: boolean | AddEventListenerOptions): void;
    addEventListener<K extends Exclude<keyof HTMLElementEventMap, keyof NearcadePlayerEvents>>(type: K, listener: (this: NearcadePlayer, event: HTMLElementEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
    connectedCallback(): void;
    disconnectedCallback(): void;
    attributeChangedCallback(name: string, before: string | null, now: string | null): void;
}
/** Beside those of every element. */
export type NearcadePlayerEvents = {
    [K in keyof EmbedDetails]: CustomEvent<EmbedDetails[K]>;
};
declare global {
    interface HTMLElementTagNameMap {
        'nearcade-player': NearcadePlayer;
    }
}
