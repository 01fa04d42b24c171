/** Of this node program, as it tells routers. */
export const agentVersion = '0.1.0'
