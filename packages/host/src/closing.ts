/** What a host was given is closed, though the host could not be opened. */

/** What is no transport or store, or fails to close, is left: the first error is the one to tell. */
export async function closeAll(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const part of parts) {
    try {
      await part.close()
    } catch {}
  }
}
