/** Builds the site: the pictures, the API reference, the pages of docs/, then all of it as HTML in site/dist. */
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
execFileSync(process.execPath, [`${import.meta.dirname}/pictures/write.mjs`])
run('typedoc', '--options', 'typedoc.mjs')
writePages()
run('vitepress', 'build')
