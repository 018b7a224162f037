/** `rafted start`: a host of its own, until it is told to end. */
import type { Command } from '../command.ts'
import { hostOptions, servingOptions } from '../host/options.ts'

export const start: Command = {
  name: 'start',
  section: 'run',
  summary: 'runs a host, with a key-value store unless it is told other groups, until SIGTERM or Ctrl-C',
  text: `The same line on each machine, but for --id. The groups wait until somebody creates them, once: rafted init GROUP --at ADDRESS. When it is told to end, what it leads
is led elsewhere before it is gone; told twice, it ends at once, which is as safe as a crash. It logs lines of JSON on standard error. The file of --config is an object
with id, dir, listen, advertise, join, groups, cluster, secretFile, tls, learner, probes, metrics, dashboard, log and settings; paths in it are relative to it.`,
  operands: [],
  options: [...hostOptions, ...servingOptions],
  examples: [
    ['--id a --dir data/a', 'one host, on this machine alone'],
    [
      '--id a --dir /data --listen 0.0.0.0:7000 --secret-file secret --join a:7000,b:7000,c:7000 --probes 8080',
      'one of three',
    ],
    ['--config host.json', 'all of it from a file'],
  ],
  statuses: 'Told to end: 0. Its directory is damaged: 1. It could not be opened, or its disk has failed: 2.',
  async run(call) {
    const { serve } = await import('../host/serve.ts')
    return await serve(call)
  },
}
