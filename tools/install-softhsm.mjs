// Installs the PKCS#11 module of the SoftHSM2 suite where SoftHSM2 is; the suite says why it did
// not run elsewhere. Never fails: the module needs a compiler, which this package must not need.
import { spawnSync } from 'node:child_process'

const found = spawnSync('softhsm2-util', ['--version'], { stdio: 'ignore' })
if (found.status === 0) {
  const args = ['ci', '--prefix', 'test/interop/softhsm', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) console.info('pkcs11js could not be installed; it needs a C++ compiler')
}
