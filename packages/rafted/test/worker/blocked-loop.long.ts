/** The application's event loop is blocked for long (F94r). */
import { blockedLoops } from './blocked.ts'

blockedLoops(30_000, 3000)
