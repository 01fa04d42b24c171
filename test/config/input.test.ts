import { expect } from 'chai'
import fc from 'fast-check'
import { decodeFrameRecord, encodeFrameRecord } from '../../config/protocol/frameRecord.ts'
import { decodeEcho, encodeEcho, isEcho } from '../../config/protocol/inputEcho.ts'
import { decodeInput, encodeInput, type Input, maxInputBytes } from '../../config/protocol/input.ts'

const stamp = {
  id: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  clientAtMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
}
const unit = fc.float({ min: 0, max: 1, noNaN: true })
const axis = fc.integer({ min: -32767, max: 32767 }).map((n) => n / 32767)
const trigger = fc.integer({ min: 0, max: 65535 }).map((n) => n / 65535)
const evdev = fc.integer({ min: 1, max: 247 })
const wheel = fc.float({ min: -100, max: 100, noNaN: true })
const total = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

const input: fc.Arbitrary<Input> = fc.oneof(
  fc.record({ type: fc.constant('key' as const), ...stamp, evdev, down: fc.boolean() }),
  fc.record({
    type: fc.constant('button' as const),
    ...stamp,
    button: fc.integer({ min: 0, max: 4 }),
    down: fc.boolean(),
  }),
  fc.record({ type: fc.constant('wheel' as const), ...stamp, dx: wheel, dy: wheel }),
  fc.record({
    type: fc.constant('text' as const),
    ...stamp,
    text: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }),
  }),
  fc.record({
    type: fc.constant('touch' as const),
    ...stamp,
    phase: fc.constantFrom('start' as const, 'move' as const, 'end' as const, 'cancel' as const),
    touchId: fc.integer({ min: 0, max: 255 }),
    x: unit,
    y: unit,
  }),
  fc.record({ type: fc.constant('pointer' as const), ...stamp, x: unit, y: unit }),
  fc.record({ type: fc.constant('motion' as const), ...stamp, totalX: total, totalY: total }),
  fc.record({
    type: fc.constant('pad' as const),
    ...stamp,
    index: fc.integer({ min: 0, max: 3 }),
    connected: fc.boolean(),
    buttons: fc.integer({ min: 0, max: 2 ** 17 - 1 }),
    axes: fc.tuple(axis, axis, axis, axis),
    triggers: fc.tuple(trigger, trigger),
  }),
  fc.record({
    type: fc.constant('held' as const),
    ...stamp,
    keys: fc.array(evdev, { maxLength: 32 }),
    buttons: fc.integer({ min: 0, max: 31 }),
  }),
)

describe('input wire', () => {
  it('brings every input back as it was sent', () => {
    fc.assert(
      fc.property(input, (sent) => {
        const bytes = encodeInput(sent)
        const got = decodeInput(bytes)
        expect(got).to.not.equal(null)
        expect(got === null ? null : encodeInput(got)).to.deep.equal(bytes)
        expect(got?.type).to.equal(sent.type)
        expect(got?.id).to.equal(sent.id)
      }),
    )
  })

  it('answers null to any other bytes and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: maxInputBytes + 8 }), (bytes) => {
        const got = decodeInput(bytes)
        if (got !== null) expect(encodeInput(got).length).to.equal(bytes.length)
      }),
    )
  })

  it('refuses every truncated or padded message', () => {
    fc.assert(
      fc.property(input, (sent) => {
        if (sent.type === 'text' || sent.type === 'held') return
        const bytes = encodeInput(sent)
        expect(decodeInput(bytes.subarray(0, bytes.length - 1))).to.equal(null)
        expect(decodeInput(new Uint8Array([...bytes, 0]))).to.equal(null)
      }),
    )
  })

  it('refuses another version, id 0 and out-of-range values', () => {
    const bytes = encodeInput({ type: 'key', id: 1, clientAtMs: 0, evdev: 30, down: true })
    expect(decodeInput(Uint8Array.from(bytes, (b, i) => (i === 0 ? 2 : b)))).to.equal(null)
    expect(decodeInput(encodeInput({ type: 'key', id: 0, clientAtMs: 0, evdev: 30, down: true }))).to.equal(
      null,
    )
    expect(decodeInput(encodeInput({ type: 'key', id: 1, clientAtMs: 0, evdev: 600, down: true }))).to.equal(
      null,
    )
    expect(decodeInput(encodeInput({ type: 'pointer', id: 1, clientAtMs: 0, x: 1.5, y: 0 }))).to.equal(null)
    expect(decodeInput(encodeInput({ type: 'wheel', id: 1, clientAtMs: 0, dx: 1e9, dy: 0 }))).to.equal(null)
    expect(decodeInput(encodeInput({ type: 'pointer', id: 1, clientAtMs: Number.NaN, x: 0, y: 0 }))).to.equal(
      null,
    )
  })
})

describe('input echo', () => {
  const key = (id: number, down: boolean): Input & { type: 'key' } => ({
    type: 'key',
    id,
    clientAtMs: 3,
    evdev: 30,
    down,
  })

  it('comes back as it was sent, and is never taken for an input', () => {
    const echo = { afterId: 4, inputs: [key(6, true), key(9, false)] }
    const bytes = encodeEcho(echo)
    expect(bytes && decodeEcho(bytes)).to.deep.equal(echo)
    expect(bytes && decodeInput(bytes)).to.equal(null)
  })

  it('is refused cut short, empty, out of order, or with a state of the other channel in it', () => {
    const bytes = encodeEcho({ afterId: 4, inputs: [key(6, true)] }) ?? new Uint8Array()
    for (let length = 0; length < bytes.length; length += 1)
      expect(decodeEcho(bytes.subarray(0, length))).to.equal(null)
    const of = (afterId: number, inputs: readonly Input[]) => {
      const made = encodeEcho({ afterId, inputs: inputs as never })
      return made && decodeEcho(made)
    }
    expect(of(6, [key(6, true)])).to.equal(null)
    expect(of(4, [key(6, true), key(5, false)])).to.equal(null)
    expect(of(4, [{ type: 'pointer', id: 6, clientAtMs: 1, x: 0, y: 0 }])).to.equal(null)
  })

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const echo = decodeEcho(Uint8Array.from([1, 10, ...bytes]))
        expect(echo === null || echo.inputs.length > 0).to.equal(true)
      }),
    )
    expect(isEcho(new Uint8Array())).to.equal(false)
  })
})

describe('frame record', () => {
  it('comes back as it was sent, and nothing else decodes', () => {
    const record = {
      keyframe: true,
      rtpTimestamp: 4_000_000_000,
      inputId: 77,
      capturedAtMs: 1.25,
      encodedAtMs: 2.5,
      sentAtMs: 3,
      inputReceivedAtMs: 4,
      inputAppliedAtMs: 5,
    }
    const bytes = encodeFrameRecord(record)
    expect(decodeFrameRecord(bytes)).to.deep.equal(record)
    expect(decodeFrameRecord(bytes.subarray(1))).to.equal(null)
    expect(decodeFrameRecord(new Uint8Array(bytes.length))).to.equal(null)
  })
})
