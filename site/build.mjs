/** Builds the site: the pages of docs/, the API reference, then all of it as HTML in site/dist. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { writePages } from './pages.mjs'

const run = (command, ...args) => {
  execFileSync(`node_modules/.bin/${command}`, args, {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  })
}

rmSync(`${import.meta.dirname}/.pages`, { recursive: true, force: true })
run('typedoc', '--options', 'typedoc.mjs')
writePages()
run('vitepress', 'build')
