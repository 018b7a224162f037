/** `npm run fuzz`, of frames enough that rare ones meet. */
import { fuzzed } from './fuzz-command.ts'

fuzzed(50_000)
