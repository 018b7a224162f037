/** Whether anybody listens at an address, as far as that can be told without the secret of the cluster. */
import { connect } from 'node:net'

/** As long as a connection to a host that lives ever takes. */
const PATIENCE_MS = 3000

/** @param address `host:port`; false for one of another form, as those of NATS and of hosts in memory. */
export async function answersOverTcp(address: string): Promise<boolean> {
  const [, host, port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(address) ?? []
  if (host === undefined || Number(port) > 65_535) return false
  return await new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) })
    const end = (answers: boolean) => () => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(PATIENCE_MS, end(false))
    socket.once('connect', end(true))
    socket.once('error', end(false))
  })
}
