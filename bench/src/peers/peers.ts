import { bare } from './bare.ts'
import { etcd } from './etcd.ts'
import { natsKv } from './nats-kv.ts'
import type { Peer } from './peer.ts'
import { rafted } from './rafted.ts'
import { redis } from './redis.ts'
import { zmqRaft } from './zmq-raft.ts'

/** Rafted first: all others are told as ratios to it. */
export const peers: readonly Peer[] = [rafted, bare, etcd, natsKv, redis, zmqRaft]
