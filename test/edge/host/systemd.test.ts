import { expect } from 'chai'
import { systemdUnit } from '../../../edge/host/systemd.ts'

describe('the unit that starts a node', () => {
  const asked = {
    configFile: '/var/lib/a "b" 5%/edge.json',
    program: '/opt/near cade/dist/edge.mjs',
    nodeBinary: '/usr/bin/node',
  }

  it('names its files so that systemd reads them whole, whatever is in their names', () => {
    const { text } = systemdUnit({ ...asked, home: null })
    expect(text).to.include('Environment="NEARCADE_CONFIG=/var/lib/a \\"b\\" 5%%/edge.json"\n')
    expect(text).to.include('ExecStart="/usr/bin/node" "/opt/near cade/dist/edge.mjs"\n')
  })

  it('is the system’s for root and one’s own for anybody else, with the commands that start each', () => {
    const [root, own] = [systemdUnit({ ...asked, home: null }), systemdUnit({ ...asked, home: '/home/ana' })]
    expect(root.file).to.equal('/etc/systemd/system/nearcade-edge.service')
    expect(root.text).to.include('WantedBy=multi-user.target')
    expect(own.file).to.equal('/home/ana/.config/systemd/user/nearcade-edge.service')
    expect(own.text).to.include('WantedBy=default.target')
    expect(root.next.some((command) => command.includes('--user'))).to.equal(false)
    expect(own.next[1]).to.equal('systemctl --user enable --now nearcade-edge.service')
  })

  it('gives sessions hours to end by themselves, as the first SIGTERM lets them', () => {
    expect(systemdUnit({ ...asked, home: null }).text).to.match(/^TimeoutStopSec=4h$/m)
  })
})
