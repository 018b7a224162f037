/** An agenda of made-up members. */
import { Agenda } from '../src/agenda.ts'
import type { Member } from '../src/member.ts'

export function agendaOf(member: object): Agenda<Member> {
  const agenda = new Agenda<Member>()
  agenda.add(member as Member)
  return agenda
}
