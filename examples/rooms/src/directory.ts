/** Which rooms there are: the value of a group that all hosts hold, and by which they know what else to hold. */
import { CommandError, defineValue } from 'rafted'

/** The name of the group. */
export const directoryName = 'rooms'
/** The name of a room's group. */
export const groupOf = (room: string): string => `room ${room}`

const mostRooms = 200

export const directory = defineValue({
  init: () => [] as readonly string[],
  commands: {
    /** A room of this name is to be there. @returns whether it is a new one. */
    open(rooms, name: string) {
      if (typeof name !== 'string' || !/^[a-z0-9-]{1,40}$/.test(name))
        throw new CommandError('bad-name', 'A room is called by 1 to 40 of a-z, 0-9 and "-".')
      if (rooms.includes(name)) return [false, rooms]
      if (rooms.length === mostRooms)
        throw new CommandError('too-many-rooms', `There are ${mostRooms} rooms.`)
      return [true, [...rooms, name]]
    },
  },
  queries: { all: (rooms) => rooms },
})
