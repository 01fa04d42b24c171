import { expect } from 'chai'
import { describeMachine } from '../bench/machine.ts'
import { median, percentile, table, toJson } from '../bench/report.ts'

describe('figures of a benchmark', () => {
  it('are percentiles that lie between the two nearest values', () => {
    expect(percentile([4, 1, 3, 2], 0)).to.equal(1)
    expect(percentile([4, 1, 3, 2], 100)).to.equal(4)
    expect(median([4, 1, 3, 2])).to.equal(2.5)
    expect(percentile([10, 20], 95)).to.be.closeTo(19.5, 1e-9)
    expect(median([7])).to.equal(7)
    expect(median([])).to.be.NaN
  })

  it('leave the measured values as they were', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).to.deep.equal([3, 1, 2])
  })

  it('stand in a table in line', () => {
    const lines = table([
      { case: 'idle', metric: 'clickToPhotonP50Ms', unit: 'ms', value: 17.456, target: 22 },
      { case: 'busy', metric: 'shown', unit: 'fps', value: Number.NaN },
    ])
    expect(lines).to.have.length(4)
    expect(lines[2]).to.equal('idle  clickToPhotonP50Ms   17.5      22  ms')
    expect(lines[3]).to.equal('busy  shown                   –          fps')
  })

  it('are written as the project’s format, a target only where there is one', () => {
    const machine = { cpu: 'c', cores: 2, memoryGiB: 23, gpu: null, node: '20.20.2' }
    const rows = [
      { case: 'idle', metric: 'aMs', unit: 'ms', value: 1 / 3, target: 2 },
      { case: 'idle', metric: 'bMs', unit: 'ms', value: Number.NaN },
    ]
    expect(JSON.parse(toJson({ bench: 'latency', commit: 'abc', machine, results: rows }))).to.deep.equal({
      bench: 'latency',
      commit: 'abc',
      machine,
      results: [
        { case: 'idle', metric: 'aMs', unit: 'ms', value: 0.3333, target: 2 },
        { case: 'idle', metric: 'bMs', unit: 'ms', value: null },
      ],
    })
  })

  it('name the machine that they come from', () => {
    const machine = describeMachine()
    expect(machine.cpu).to.be.a('string').and.not.equal('')
    expect(machine.cores).to.be.greaterThan(0)
    expect(machine.memoryGiB).to.be.greaterThan(0)
  })
})
