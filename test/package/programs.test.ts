import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bin, root, run } from '../support/run.ts'

test('the programs of the contract compile and run against the package', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'programs-'))
  try {
    expect(await run(bin('tsc'), ['-p', 'test/programs'])).toEqual({ code: 0, output: '' })
    const { code, output } = await run(
      'node',
      ['-C', 'workerd', `${root}/.tmp/programs/run.js`],
      folder,
    )
    expect(output.trim().split('\n')).toEqual([
      ...['Peters', '1316024', '1316025', '1316026', '1316027', '1316028', 'quickstart: ok'],
      ...['assertion.root-left-out', 'token.issued', 'gateway: 1 patient(s), complete true'],
      ...['gateway: no such organization', 'alone: ERR_CQ_DIRECTORY_KEY_REFUSED', 'userTest: ok'],
    ])
    expect(code).toBe(0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
