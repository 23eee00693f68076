/** Cases as tests of vitest, many at a time. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as library from '../../src/index.ts'
import type { CarequalityClientOptions } from '../../src/index.ts'
import { startAdversary, type Adversary } from './adversary.ts'
import { passWhileIdle } from '../support/time.ts'
import type { Case } from './cases.ts'
import { judgeEvil } from './oracles.ts'
import { runCase } from './run.ts'

/** `held`: pauses and timeouts pass as soon as nothing else happens. */
export function matrix(
  name: string,
  cases: readonly Case[],
  atATime: number,
  transport?: () => CarequalityClientOptions['transport'],
  held?: 'held',
): void {
  vi.setConfig({ maxConcurrency: atATime })
  let adversary: Adversary
  let time: ReturnType<typeof passWhileIdle> | undefined
  const warnings: string[] = []
  const note = (warning: Error): number => warnings.push(warning.message)
  beforeAll(async () => {
    process.on('warning', note)
    adversary = await startAdversary()
    if (held) time = passWhileIdle(() => adversary.requests)
  })
  afterAll(async () => {
    await time?.stop()
    process.off('warning', note)
    await adversary.close()
  })

  describe.concurrent(name, () => {
    for (const one of cases) {
      test(one.title, async ({ expect }) => {
        expect(await runCase({ library, adversary, transport }, one)).toEqual([])
      })
    }
  })

  describe(`after ${name}`, () => {
    test('titles are told apart', () => {
      expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length)
    })
    test('the evil origin was never contacted', () => {
      expect(judgeEvil(adversary.evil)).toEqual([])
    })
    test('the process was not warned', () => {
      expect(warnings).toEqual([])
    })
  })
}
