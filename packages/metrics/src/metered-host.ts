/** What metrics are read from: as much of a host, and of what it says of its members, as they need. Every host of Rafted is one. */

/** A host whose members are looked at for each collection. */
export interface MeteredHost {
  /** Its name in the cluster: the label `host`. */
  readonly id: string
  /** Names of the groups that run on it, those included that wait to be found or created. */
  groups(): readonly string[]
  /** How the member of the group stands, or null if there is none. A promise of it where the host is in another thread. */
  status(name: string): MeteredStatus | null | Promise<MeteredStatus | null>
}

/** Of a `MemberStatus`, which says what each field means. */
export interface MeteredStatus {
  readonly member: string
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader'
  readonly term: number
  readonly leader: string | null
  readonly lastIndex: number
  readonly commitIndex: number
  readonly appliedIndex: number
  readonly configuration: { readonly index: number; readonly configuration: MeteredConfiguration } | null
  readonly removedAt: number | null
  readonly stopped: string | null
  readonly unresponsive: readonly string[]
  readonly sessions: number
  readonly settings: { readonly machineVersion: number }
  readonly peers: readonly MeteredPeer[]
  readonly uncommittedBytes: number
  readonly log: { readonly bytes: number; readonly oldestMs: number }
  readonly snapshot: { readonly index: number; readonly bytes: number; readonly ageMs: number } | null
  readonly elections: { readonly campaigns: number; readonly won: number; readonly leaders: number }
  readonly loop: MeteredLatency
  readonly disk: MeteredLatency & { readonly waitingMs: number; readonly stalls: number }
  readonly transfer: { readonly forMs: number } | null
  readonly damage: { readonly stuck: unknown } | null
}

/** Who the members are. */
export interface MeteredConfiguration {
  readonly voters: readonly MeteredMember[]
  readonly outgoing: readonly MeteredMember[] | null
  readonly learners: readonly MeteredMember[]
}

/** A member and where it lives. Its id is drawn, and never a label; its host's name was given by a person. */
export interface MeteredMember {
  readonly id: string
  readonly host: string
}

/** A peer, as its leader sees it. */
export interface MeteredPeer {
  readonly member: string
  readonly match: number
  readonly inFlightBytes: number
  readonly silentMs: number
}

/** Of the last minute, milliseconds. */
export interface MeteredLatency {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}
