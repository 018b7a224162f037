/** In a process of a run over proxies: whatever dials a host is led to the proxy of this place instead. Loaded before the program (`--import`). */
import { syncBuiltinESMExports } from 'node:module'
import net, { type Socket } from 'node:net'

const dials = JSON.parse(process.env.RAFTED_DIALS!) as Readonly<Record<string, number>>
const connect = net.connect

net.connect = ((options: { port: number }, ...rest: unknown[]): Socket => {
  const through = dials[options.port]
  return Reflect.apply(connect, net, [
    through === undefined ? options : { ...options, port: through },
    ...rest,
  ])
}) as typeof connect
syncBuiltinESMExports()
