import type { WireError } from '../../config/errors.ts'
import { errorOf } from './api.ts'
import { h, type Props, replace } from './dom.ts'

export interface FieldSpec {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email' | 'password' | 'number'
  /** Said below it, and read with it. */
  readonly hint?: string
  readonly value?: string
  /** Further attributes of the input: autocomplete, minlength, … */
  readonly input?: Props
  readonly optional?: boolean
}

export interface SelectSpec {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly value?: string
}

export interface FormSpec {
  /** Of the form, for those who do not see what is around it. */
  readonly label: string
  readonly fields: readonly HTMLElement[]
  readonly submit: string
  readonly isDangerous?: boolean
  /** Its button is not the page's first choice. */
  readonly isQuiet?: boolean
  /** Beside the button. */
  readonly beside?: readonly Node[]
  /** What it does with what was entered; what it throws is said. @returns what to say when it is done */
  readonly task: (values: FormValues) => Promise<string | null>
}

export interface FormValues {
  /** '' for what was left empty. */
  text(name: string): string
  all(name: string): readonly string[]
}

let count = 0
const nextId = (name: string): string => `${name}-${(count += 1)}`

export function field({
  name,
  label,
  type = 'text',
  hint,
  value = '',
  input = {},
  optional,
}: FieldSpec): HTMLElement {
  const id = nextId(name)
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    h('input', {
      id,
      name,
      type,
      value,
      required: optional !== true,
      'aria-describedby': hint === undefined ? null : `${id}-hint`,
      ...input,
    }),
    hint !== undefined && h('p', { id: `${id}-hint`, class: 'hint' }, hint),
  )
}

export function selectField({ name, label, hint, options, value }: SelectSpec): HTMLElement {
  const id = nextId(name)
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    h(
      'select',
      { id, name, 'aria-describedby': hint === undefined ? null : `${id}-hint` },
      ...options.map((one) => h('option', { value: one.value, selected: one.value === value }, one.label)),
    ),
    hint !== undefined && h('p', { id: `${id}-hint`, class: 'hint' }, hint),
  )
}

/** A set of boxes to tick, of which none, one or several may be. */
export function checkList(
  legend: string,
  name: string,
  boxes: readonly {
    readonly value: string
    readonly label: string
    readonly hint?: string
    readonly checked?: boolean
  }[],
): HTMLElement {
  return h(
    'fieldset',
    { class: 'field checks' },
    h('legend', {}, legend),
    ...boxes.map(({ value, label, hint, checked }) =>
      h(
        'label',
        {},
        h('input', { type: 'checkbox', name, value, checked }),
        h('span', {}, label, hint !== undefined && h('small', {}, hint)),
      ),
    ),
  )
}

/** A form that does one thing at a time, says what went wrong, and gives the focus to it. */
export function form({
  label,
  fields,
  submit,
  isDangerous,
  isQuiet,
  beside = [],
  task,
}: FormSpec): HTMLFormElement {
  const said = h('div', { class: 'form-said', 'data-role': 'said' })
  const looks = isDangerous === true ? 'button button-bad' : isQuiet === true ? 'button' : 'button button-go'
  const button = h('button', { class: looks }, submit)
  const element = h(
    'form',
    { class: 'form', 'aria-label': label },
    ...fields,
    said,
    h('div', { class: 'form-actions' }, button, ...beside),
  )
  let isBusy = false
  element.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!isBusy) void run()
  })

  async function run(): Promise<void> {
    const data = new FormData(element)
    const values: FormValues = {
      text: (name) => String(data.get(name) ?? ''),
      all: (name) => data.getAll(name).map(String),
    }
    isBusy = true
    element.setAttribute('aria-busy', 'true')
    button.setAttribute('aria-disabled', 'true')
    replace(said)
    try {
      const done = await task(values)
      if (done !== null) replace(said, h('p', { class: 'done', role: 'status' }, done))
    } catch (failure) {
      showFailure(said, errorOf(failure))
    }
    isBusy = false
    element.setAttribute('aria-busy', 'false')
    button.removeAttribute('aria-disabled')
  }
  return element
}

function showFailure(said: HTMLElement, error: WireError): void {
  const box = failureBox(error)
  replace(said, box)
  box.focus()
}

/** What went wrong and what to do, and what it names. */
export function failureBox({
  what,
  next,
  details = [],
}: Pick<WireError, 'what' | 'next' | 'details'>): HTMLElement {
  return h(
    'div',
    { class: 'failure', role: 'alert', tabindex: -1 },
    h('p', {}, h('strong', {}, what), ' ', next),
    details.length > 0 && h('ul', {}, ...details.map(faultItem)),
  )
}

/** `display.fps: must be at most 120`: the field stands out. */
function faultItem(detail: string): HTMLElement {
  const [, name, what] = /^([A-Za-z][\w.[\]-]*): (.*)$/s.exec(detail) ?? []
  return name === undefined || what === undefined
    ? h('li', {}, detail)
    : h('li', {}, h('code', {}, name), ' ', what)
}
