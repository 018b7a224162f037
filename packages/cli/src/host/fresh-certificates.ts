/** Certificates that are renewed as files: read again each minute, so that a host need not be started again. */
import type { Cancel } from '@rafted/contracts'
import { readTls, type TlsFiles, type TlsTexts } from '../connection/credentials.ts'
import type { Terminal } from '../terminal.ts'
import type { Log } from './log.ts'

const EVERY_MS = 60_000

export class FreshCertificates {
  readonly #terminal: Terminal
  readonly #files: TlsFiles
  readonly #log: Log
  #texts: TlsTexts
  #cancel: Cancel = () => {}
  #isStopped = false

  constructor(terminal: Terminal, files: TlsFiles, texts: TlsTexts, log: Log) {
    this.#terminal = terminal
    this.#files = files
    this.#texts = texts
    this.#log = log
    this.#later()
  }

  /** As they were read last. */
  readonly current = (): TlsTexts => this.#texts

  #later(): void {
    if (!this.#isStopped) this.#cancel = this.#terminal.clock.after(EVERY_MS, () => void this.#look())
  }

  async #look(): Promise<void> {
    try {
      this.#texts = await readTls(this.#terminal, this.#files)
    } catch (error) {
      // Whoever renews them may be about to: those of before hold.
      this.#log.warn('certificates can not be read', { error })
    }
    this.#later()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }
}
