/** A registry of packages on this machine alone, which knows nothing but what was published to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runServer } from 'verdaccio'
import { npm } from './npm.ts'

/** Whoever asks may do everything: the registry lives as long as a test, where nobody else reaches it. */
const everybody = { access: '$all', publish: '$all', unpublish: '$all' }

export class LoopbackRegistry {
  readonly #directory = mkdtempSync(join(tmpdir(), 'registry-'))
  #server: Server | null = null

  async start(): Promise<void> {
    const configPath = join(this.#directory, 'config.yaml')
    const server = (await runServer({
      configPath,
      self_path: configPath,
      storage: join(this.#directory, 'storage'),
      packages: { '**': everybody },
      uplinks: {},
      web: { enable: false },
      log: { type: 'stdout', level: 'fatal' },
      max_body_size: '100mb',
    } as never)) as Server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    this.#server = server
    const { port } = server.address() as AddressInfo
    // npm publishes for nobody without a token, whatever the registry says of it.
    writeFileSync(join(this.#directory, 'npmrc'), `//127.0.0.1:${port}/:_authToken=anybody\n`)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}/`
  }

  /** Runs npm, which asks this registry and no other, and keeps what it gets there. @returns what it prints. */
  npm(cwd: string, ...args: string[]): Promise<string> {
    const place = {
      registry: this.url,
      userconfig: join(this.#directory, 'npmrc'),
      cache: join(this.#directory, 'cache'),
      noproxy: '127.0.0.1',
    }
    const options = Object.entries(place).map(([name, value]) => `--${name}=${value}`)
    return npm(
      cwd,
      ...args,
      ...options,
      '--no-audit',
      '--no-fund',
      '--no-update-notifier',
      '--loglevel=error',
    )
  }

  async close(): Promise<void> {
    const server = this.#server
    if (server !== null) {
      const closed = new Promise((resolve) => server.close(resolve))
      ;(server as Server & { closeAllConnections(): void }).closeAllConnections()
      await closed
    }
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
