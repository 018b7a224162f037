// Lets a worker run TypeScript, whichever Node.js it is.
import { register } from 'tsx/esm/api'

register()
