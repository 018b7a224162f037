import assert from 'node:assert/strict'
import type { Lane, Sender, Transport } from '@rafted/contracts'

/** A network with nobody on it at first. */
export interface TransportPlace {
  /**
   * A transport that doesn't listen yet. `name` is a host's id or a client's name; two transports of one name have one
   * address.
   */
  transport(name: string, role: Sender['role']): Promise<Transport>
  /** Resolves once what has been sent has arrived or is lost. Nothing is sent in the meantime. */
  settle(): Promise<void>
  /**
   * From now on the end of this name hears nothing and says nothing, and closes nothing: its process is stopped, or its
   * machine is gone.
   */
  vanish?(name: string): Promise<void>
  /** Takes back `vanish`: it goes on where it was. */
  comeBack?(name: string): Promise<void>
  /** Somebody who isn't of this network, and follows no protocol, sends bytes to an address. Resolves once it is rid of them. */
  strange?(address: string, bytes: Uint8Array): Promise<void>
  /**
   * What is held for ends, by whatever the place can count: sockets, timers, entries of tables, transports that a collection leaves. What is
   * counted under `bytes` is memory; of everything else not one may be left over.
   */
  held?(): Promise<Readonly<Record<string, number>>>
  /** An address at which nobody can be. */
  readonly noSuchAddress: string
  /** Takes down what stands here, listening or not. */
  dispose(): Promise<void>
}

/** Bounds that the transports of a place are to have: the suite goes up to them. */
export interface TransportPlaceOptions {
  /** Bytes that may wait for a peer on one lane. */
  readonly maxQueueBytes: number
  /** The largest batch, bytes: what `maxBatchBytes` is to say. */
  readonly maxBatchBytes: number
}

export interface Arrival {
  readonly from: Sender
  readonly batch: Uint8Array
}

/** How often a batch is sent again before it counts as one that never arrives: batches may be lost. */
const ATTEMPTS = 50

/** One end: a transport that listens, and all that has arrived there. */
export class End {
  readonly transport: Transport
  readonly name: string
  readonly #place: TransportPlace
  readonly arrivals: Arrival[] = []
  /** Called for each arrival, before it is recorded. */
  onArrival: (arrival: Arrival) => void = () => {}
  readonly hints: { readonly name: string; readonly state: string }[] = []

  static async at(place: TransportPlace, name: string, role: Sender['role'] = 'peer'): Promise<End> {
    const end = new End(place, await place.transport(name, role), name)
    await end.listen()
    return end
  }

  constructor(place: TransportPlace, transport: Transport, name: string) {
    this.#place = place
    this.transport = transport
    this.name = name
  }

  async listen(): Promise<void> {
    await this.transport.listen({
      onBatch: (from, batch) => {
        this.onArrival({ from, batch })
        this.arrivals.push({ from, batch })
      },
      onPeer: (name, state) => {
        this.hints.push({ name, state })
      },
    })
  }

  get address(): string {
    return this.transport.address
  }

  /** Sends, again and again, until it has arrived at `to`. @returns its arrival. */
  async deliver(to: End, batch: Uint8Array, lane: Lane = 'urgent', address = to.address): Promise<Arrival> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.transport.send(address, batch, lane)
      await this.#place.settle()
      const arrival = to.arrivals.find((candidate) => sameBytes(candidate.batch, batch))
      if (arrival !== undefined) return arrival
    }
    return assert.fail(`${textOf(batch)} from "${this.name}" never arrives at "${to.name}"`)
  }
}

/** @returns a batch of `size` bytes that follow from `seed` and are not those of another seed. */
export function batchOf(size: number, seed: number): Uint8Array {
  const batch = new Uint8Array(size)
  for (let i = 0; i < size; i++) batch[i] = (seed * 57 + i * 13 + (i >> 8)) % 253
  if (size >= 4) new DataView(batch.buffer).setUint32(0, seed)
  return batch
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

export function textOf(batch: Uint8Array): string {
  return `a batch of ${batch.byteLength} bytes`
}
