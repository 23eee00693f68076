import { execFile } from 'node:child_process'

const LONGEST_MS = 300_000

/** Runs a command to its end; a failure is a result, too. */
export function run(command, args, cwd, env = {}) {
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: { ...process.env, ...env },
      maxBuffer: 2 ** 26,
      timeout: LONGEST_MS,
    }
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, output: code === 0 ? stdout : `${stdout}\n${stderr}` })
    })
  })
}

/** What was wrong with a command that must succeed and, if given, print exactly this; undefined where nothing. */
export function problemOf({ code, output }, wanted) {
  if (code !== 0) return output.trim().split('\n').slice(0, 12).join('\n')
  if (wanted !== undefined && output.trim() !== wanted) return `it printed ${output.trim()}`
  return undefined
}
