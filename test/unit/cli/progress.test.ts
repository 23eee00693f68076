/** Progress: one line on stderr, drawn over itself, that never mixes with what is printed. */
import { describe, expect, test } from 'vitest'
import type { FetchLike } from '../../../src/types.ts'
import { commands } from '../../../src/cli/commands.ts'
import { NOW, sandboxOf, terminal, type Shown, type Typing } from './terminal.ts'

const R4 = '--release carequality-r4 --environment production'
const WHO = '--family Peters --given Timothy --birthdate 1946-04-05'

/** What a terminal shows in the end: each carriage return starts the line again. */
function screen(text: string): string {
  const shown = text.split('\n').map((line) => {
    let cells = ''
    for (const part of line.split('\r')) cells = part + cells.slice(part.length)
    return cells.trimEnd()
  })
  return shown.join('\n').trim()
}

describe('on a terminal it counts', () => {
  test.each([
    [`directory mirror copy.ndjson --page-size 10 ${R4}`, '\r[###########.............] 20 of 45'],
    [`directory list ${R4}`, '\r[########################] 45 of 45 entries'],
    ['egress 2.999.10 2.999.20', '\r[############............] 1 of 2 organizations'],
    [`discover 2.999.10 2.999.20 ${WHO}`, '\r[############............] 1 of 2 outcomes'],
  ])('%s', async (line, drawn) => {
    const { type } = await terminal()
    const { err, out, code } = await type(line, { stderrColumns: 80 })
    expect([code, err]).toEqual([0, expect.stringContaining(drawn)])
    expect(out).not.toContain('\r')
  })

  test('and it is gone from the screen when the command has ended, well or not', async () => {
    const { type } = await terminal()
    const line = `directory mirror copy.ndjson --page-size 10 ${R4}`
    const sandbox = await sandboxOf()
    let requests = 0
    const fetch: FetchLike = (request) => {
      requests += 1
      return requests > 2
        ? Promise.resolve(new Response(null, { status: 403 }))
        : sandbox.fetch(request)
    }
    const env = { NO_COLOR: '1' }
    const broken = await type(line, { stderrColumns: 80, fetch, env })
    expect(screen(broken.err)).toMatch(/^Interrupted: .*\nERR_CQ_DIRECTORY_KEY_REFUSED/)
    expect(screen((await type(line, { stderrColumns: 80 })).err)).toBe('')
  })

  test('and a line that is printed while it is there stands alone', async () => {
    const { type } = await terminal()
    const { err } = await type(`directory list ${R4} --verbose`, { stderrColumns: 80 })
    const lines = screen(err).split('\n')
    expect(lines.filter((line) => !/^\d{4}-\d\d-\d\dT|^45 entries on/.test(line))).toEqual([])
  })
})

describe('nothing is drawn', () => {
  test.each<readonly [string, Typing]>([
    ['into a file or a pipe', {}],
    ['in a terminal that cannot go back in a line', { stderrColumns: 80, env: { TERM: 'dumb' } }],
  ])('%s', async (_where, typing) => {
    const { type } = await terminal()
    const { err } = await type(`directory mirror copy.ndjson ${R4}`, typing)
    expect(err).toBe('')
  })
})

describe('a command that waits says for whom', () => {
  /** A command whose directory has not responded three seconds later. */
  async function waiting(line: string, columns: number): Promise<Shown> {
    const { type } = await terminal()
    const sandbox = await sandboxOf()
    let at = NOW
    let tick = (): void => undefined
    let isFirst = true
    return type(line, {
      stderrColumns: columns,
      now: () => at,
      onTicking: (one) => (tick = one),
      fetch: (request) => {
        if (isFirst) {
          isFirst = false
          tick()
          at += 3000
          tick()
        }
        return sandbox.fetch(request)
      },
    })
  }

  const networked = commands
    .map(({ name }) => name)
    .filter((name) =>
      /^(directory get|endpoint|capabilities|token|doctor|patient read)$/.test(name),
    )

  test.each(networked)('%s', async (name) => {
    const operand = name === 'patient read' ? '1316024' : '2.16.840.1.113883.3.13.1'
    const { err, code } = await waiting(`${name} ${operand}`, 80)
    expect(code).toBe(0)
    expect(err).toContain('\r3 s: waiting for connect.carequality.org')
    expect(screen(err)).toBe('')
  })

  test('and is cut where the terminal ends', async () => {
    const { err } = await waiting('token', 20)
    expect(err).toContain('\r3 s: waiting for co\r')
  })
})

test('an error is coloured for the terminal that shows it, and plain in a file', async () => {
  const { type } = await terminal()
  const escape = '\u001b['
  const onlyErrors = await type('patient read nobody', { stderrColumns: 80 })
  expect(onlyErrors.err).toContain(escape)
  const onlyOutput = await type('patient read nobody', { columns: 80 })
  expect(onlyOutput.err).not.toContain(escape)
})
