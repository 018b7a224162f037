/** How the program of a host ends when it can't begin, for whoever started it. */

/** Somebody else listens on its port. */
export const addressInUse = 98
