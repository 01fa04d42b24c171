import { h } from '../ui/dom.ts'

/** The clipboard's text where the browser lets the page read it, else what the player pastes into a box; null for nothing. */
export async function textToPaste(): Promise<string | null> {
  try {
    const text = await navigator.clipboard.readText()
    if (text !== '') return text
  } catch {
    // Not allowed, or not possible outside HTTPS: ask instead.
  }
  return askForText()
}

function askForText(): Promise<string | null> {
  const box = h('textarea', {
    rows: 4,
    maxlength: 10_000,
    autofocus: true,
    'aria-labelledby': 'paste-title',
    spellcheck: 'false',
  })
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'paste-title' },
    h(
      'form',
      { method: 'dialog', class: 'dialog-body' },
      h('h2', { id: 'paste-title' }, 'Paste text into the game'),
      h(
        'p',
        {},
        'Press ',
        h('kbd', {}, 'Ctrl'),
        ' + ',
        h('kbd', {}, 'V'),
        ' here, or type. The node enters it as keystrokes.',
      ),
      box,
      h(
        'div',
        { class: 'dialog-actions' },
        h('button', { class: 'button button-quiet', value: 'no', formnovalidate: true }, 'Cancel'),
        h('button', { class: 'button button-go', value: 'yes' }, 'Send to the game'),
      ),
    ),
  )
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes' && box.value !== '' ? box.value : null)
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}
