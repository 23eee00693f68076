/** Lets everyone else have a turn of the event loop, between two long pieces of work. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
