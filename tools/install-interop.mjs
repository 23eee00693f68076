// Installs the foreign servers of test/interop and the other clients of bench/, each in a package of
// its own, unless its lock file is older than what is installed. None of their install scripts is
// needed but pkcs11js's, which is only for where SoftHSM2 is and may fail: it takes a compiler, which
// this package must not need.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

install('test/interop/fhir-network', ['--ignore-scripts'])
install('test/interop/asymmetrik', ['--ignore-scripts'])
install('test/interop/udap', ['--ignore-scripts'])
install('test/interop/redis', ['--ignore-scripts'])
install('bench', ['--ignore-scripts'])
if (spawnSync('softhsm2-util', ['--version'], { stdio: 'ignore' }).status === 0) {
  if (!install('test/interop/softhsm', [], 'ignore'))
    console.info('pkcs11js could not be installed; it needs a C++ compiler')
}

function install(at, options, stdout = 'inherit') {
  if (changedAt(`${at}/node_modules/.package-lock.json`) > changedAt(`${at}/package-lock.json`))
    return true
  const args = ['ci', '--prefix', at, '--no-audit', '--no-fund', ...options]
  const { status } = spawnSync('npm', args, { stdio: ['ignore', stdout, 'inherit'] })
  if (status !== 0 && stdout === 'inherit') process.exit(1)
  return status === 0
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
