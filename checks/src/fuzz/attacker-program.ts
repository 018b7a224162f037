import { attack } from './attacker.ts'

attack()
