export type { ConformanceCase } from './conformance/case.ts'
export type { FileSystemPlace } from './conformance/file-system-place.ts'
export { type FileSystemSuiteOptions, fileSystemSuite } from './conformance/file-system-suite.ts'
export type { LogStorePlace } from './conformance/log-store-place.ts'
export {
  type LogStoreAbility,
  type LogStoreSuiteOptions,
  logStoreSuite,
  type MakeLogStorePlace,
} from './conformance/log-store-suite.ts'
export type { SnapshotStorePlace } from './conformance/snapshot-store-place.ts'
export { type SnapshotStoreSuiteOptions, snapshotStoreSuite } from './conformance/snapshot-store-suite.ts'
export type { TransportPlace, TransportPlaceOptions } from './conformance/transport-place.ts'
export {
  type TransportAbility,
  type TransportSuiteOptions,
  transportSuite,
} from './conformance/transport-suite.ts'
export { checkDeterminism, type DeterminismCheck } from './determinism/check.ts'
export type { DeterminismFinding, FindingKind } from './determinism/finding.ts'
export {
  MemberAgreement,
  type MemberAgreementOptions,
  type MemberDisagreement,
} from './determinism/member-agreement.ts'
export { type WatchOptions, watchedForDeterminism } from './determinism/watched.ts'
export {
  type ExplorationOptions,
  type ExplorationProgress,
  type ExplorationResult,
  type ExplorationViolation,
  explore,
} from './exploration/explore.ts'
export type { CoreClass } from './exploration/explored-member.ts'
export { type CrashChoices, type CrashQuestion, keepAll, loseAll } from './files/crash-choices.ts'
export type { FileFault, FileFaultCounts } from './files/file-faults.ts'
export {
  FileError,
  type FileErrorCode,
  type FileOperation,
  type FileOperationName,
} from './files/file-operation.ts'
export type { Rot, RotOptions } from './files/rot.ts'
export {
  type FileDelay,
  type FileDelays,
  SimulatedFileSystem,
  type SimulatedFileSystemOptions,
  type SimulatedProcess,
} from './files/simulated-file-system.ts'
export { type FleetTrouble, fleetTroubles } from './fleet/fleet-troubles.ts'
export {
  type FleetSimulationOptions,
  type FleetSimulationResult,
  simulateFleet,
} from './fleet/simulate-fleet.ts'
export type { CounterExample, CounterExampleOperation } from './linearizability/counter-example.ts'
export type { Operation, SequentialModel } from './linearizability/history.ts'
export { counterExampleHtml } from './linearizability/html-drawing.ts'
export { type CheckOptions, checkLinearizable, type Verdict } from './linearizability/linearizability.ts'
export { counterExampleText } from './linearizability/text-drawing.ts'
export { answerQuestions, ChildHost, type ChildHostOptions } from './processes/child-host.ts'
export {
  Coverage,
  cannotHit,
  type FaultKind,
  faultKinds,
  type HitRole,
  type Phase,
  phases,
  roles,
} from './simulation/coverage.ts'
export { GroupRecorder, type GroupRecording } from './simulation/group-recorder.ts'
export { type ProfileName, profiles } from './simulation/profiles.ts'
export { SeededRandom } from './simulation/seeded-random.ts'
export type { GoneSight, MemberSight, MessageSight, SimulationSight } from './simulation/sights.ts'
export { type SimulationOptions, type SimulationResult, simulate } from './simulation/simulate.ts'
export type { Called, SimulatedUser, Workload } from './simulation/workload.ts'
export { type LogMoment, LogWitness } from './witnesses/log-witness.ts'
export { type SnapshotMoment, SnapshotWitness } from './witnesses/snapshot-witness.ts'
