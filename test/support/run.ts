import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** What a command printed, and how it ended. */
export interface Ran {
  readonly code: number
  readonly output: string
}

/** Runs a command to its end; a failure is a result, too. */
export function run(command: string, args: readonly string[], cwd: string = root): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, output: code === 0 ? stdout : `${stdout}\n${stderr}` })
    })
  })
}

/** Path of a development dependency's command. */
export function bin(name: string): string {
  return `${root}/node_modules/.bin/${name}`
}
