/** The smallest assertion library, for runtimes that have no test runner. */

export function equal(actual: unknown, wanted: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(wanted)]
  if (is !== should) throw new Error(`${is} in place of ${should}`)
}

export function truthy(value: unknown, what: string): void {
  if (value !== true) throw new Error(what)
}

/** Gives the reason of a rejection, and rejects where there was none. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`it did not reject: ${JSON.stringify(value)}`)
}

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, ms)
  })
}

/** Asks until it is true, for what happens on the other side of a connection. */
export async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await condition()) return
    await sleep(25)
  }
  throw new Error(what)
}
