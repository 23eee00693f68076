/** All commands, in the order of the help. */
import type { CommandSpec } from './command.ts'
import { identityCommands } from './commands-identity.ts'
import { networkCommands } from './commands-network.ts'
import { patientCommands } from './commands-patient.ts'
import { toolCommands } from './commands-tools.ts'

/** Groups as the help shows them. */
export const groups: readonly (readonly [title: string, commands: readonly CommandSpec[]])[] = [
  ['Network', networkCommands],
  ['Identity and tokens', identityCommands],
  ['Patients', patientCommands],
  ['Trying and repair', toolCommands],
]

/** Every command. */
export const commands: readonly CommandSpec[] = groups.flatMap(([, list]) => list)

/** The command that the arguments begin with, and what is left of them. */
export function commandOf(
  args: readonly string[],
): { readonly spec: CommandSpec; readonly rest: readonly string[] } | undefined {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(' ')
    const spec = commands.find((one) => one.name === name)
    if (spec !== undefined && args.length >= words) return { spec, rest: args.slice(words) }
  }
  return undefined
}

/** Commands that a mistyped one may mean: those of the same group of words, or a letter or two apart. */
export function similar(args: readonly string[]): readonly string[] {
  const [first = '', second = ''] = args
  const below = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name)
  if (below.length > 0) return below
  const typed = `${first} ${second}`.trim()
  return commands
    .map(({ name }) => name)
    .filter((name) => distance(name, first) <= 2 || distance(name, typed) <= 2)
}

/** How many letters are added, lost or changed; both are short. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2 || b.length > 40) return 3
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same)
    }
    row = next
  }
  return row[b.length] ?? 0
}
