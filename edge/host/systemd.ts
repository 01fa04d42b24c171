/** What starts the node with the machine. */
export interface Unit {
  readonly file: string
  readonly text: string
  /** Commands that take it into use. */
  readonly next: readonly string[]
}

/**
 * @param configFile of the machine
 * @param program absolute path of the node's program
 * @param nodeBinary absolute path of Node.js
 * @param home of who runs it; null: root
 */
export function systemdUnit(options: {
  readonly configFile: string
  readonly program: string
  readonly nodeBinary: string
  readonly home: string | null
}): Unit {
  const { configFile, program, nodeBinary, home } = options
  const text = `[Unit]
Description=Nearcade node
Wants=network-online.target
After=network-online.target

[Service]
Environment=${quoted(`NEARCADE_CONFIG=${configFile}`)}
ExecStart=${quoted(nodeBinary)} ${quoted(program)}
Restart=on-failure
RestartSec=5
# It takes no new sessions then, and ends with the last one; systemctl kill, once more, ends them.
TimeoutStopSec=4h
KillMode=mixed
Delegate=yes

[Install]
WantedBy=${home === null ? 'multi-user.target' : 'default.target'}
`
  const name = 'nearcade-edge.service'
  return home === null
    ? {
        file: `/etc/systemd/system/${name}`,
        text,
        next: ['systemctl daemon-reload', `systemctl enable --now ${name}`],
      }
    : {
        file: `${home}/.config/systemd/user/${name}`,
        text,
        next: [
          'systemctl --user daemon-reload',
          `systemctl --user enable --now ${name}`,
          'loginctl enable-linger',
        ],
      }
}

/** systemd.service(5), command lines: `%` begins a specifier, and a quoted word has C escapes. */
const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`
