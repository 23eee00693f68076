#!/usr/bin/env node
/** The program: the process, and nothing else. */
import process from 'node:process'
import { run } from './run.ts'

const stop = new AbortController()
process.once('SIGINT', () => {
  stop.abort(new DOMException('stopped by Ctrl-C', 'AbortError'))
})
// A reader that has seen enough (head, less) closes the pipe.
process.stdout.on('error', () => process.exit(0))

const columns = Number(process.env.COLUMNS)
const code = await run(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  columns: process.stdout.isTTY ? columns || process.stdout.columns : undefined,
  stderrColumns: process.stderr.isTTY ? columns || process.stderr.columns : undefined,
  cwd: process.cwd(),
  now: Date.now,
  everySecond: (tick) => {
    const timer = setInterval(tick, 1000)
    return () => {
      clearInterval(timer)
    }
  },
  randomUUID: () => crypto.randomUUID(),
  signal: stop.signal,
})
// What was stopped may still wait for its server.
if (code === 130) process.exit(code)
process.exitCode = code
