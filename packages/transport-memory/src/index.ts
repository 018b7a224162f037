export {
  type Attachment,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  memoryNetwork,
} from './memory-network.ts'
