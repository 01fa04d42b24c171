import { insideTitle } from '../titleCommand.ts'

export const chromiumFile = '/usr/bin/chromium'
/** Debian's start script reads its flags from here and fails without it. */
export const chromiumMounts: Readonly<Record<string, string>> = { '/etc/chromium.d': '/etc/chromium.d' }
/** Chromium's remote-debugging pipe: it reads commands from descriptor 3 and writes to 4. */
export const pipeDescriptors = 2

/** The page that a title shows, inside the sandbox. */
export const pageUrl = (page: string): string =>
  `file://${insideTitle}/${page.split('/').map(encodeURIComponent).join('/')}`

/** Pure: a browser that is nothing but its page, without network, updates, first-run pages or a GPU. */
export function chromiumCommand(size: { readonly widthPx: number; readonly heightPx: number }): string[] {
  return [
    chromiumFile,
    '--kiosk',
    // without a window manager it opens one pixel short of what it is asked for
    `--window-size=${size.widthPx + 1},${size.heightPx + 1}`,
    '--window-position=0,0',
    '--user-data-dir=/home/player/.chromium',
    '--remote-debugging-pipe',
    '--disable-gpu',
    '--no-first-run',
    '--no-default-browser-check',
    '--no-pings',
    '--disable-quic',
    '--disable-sync',
    '--disable-breakpad',
    '--disable-background-networking',
    '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows',
    '--disable-renderer-backgrounding',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-extensions',
    '--disable-notifications',
    '--disable-infobars',
    '--disable-session-crashed-bubble',
    '--disable-pinch',
    '--overscroll-history-navigation=0',
    '--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication',
    '--password-store=basic',
    '--autoplay-policy=no-user-gesture-required',
    '--allow-file-access-from-files',
    // not about:blank, where the keyboard belongs to the hidden address bar
    'data:text/html,<body style="background:black">',
  ]
}
