// Runs npm scripts at the same time, since each of them uses one processor: `node tools/in-parallel.mjs
// typecheck lint`. Shows what each printed when it has ended; fails where one of them does.
import { spawn } from 'node:child_process'

const failed = await Promise.all(process.argv.slice(2).map(run))
process.exitCode = failed.some(Boolean) ? 1 : 0

function run(script) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += text
      })
    child.on('error', reject)
    child.on('close', (code) => {
      process.stdout.write(output)
      if (code !== 0) console.log(`npm run ${script}: failed`)
      resolve(code !== 0)
    })
  })
}
