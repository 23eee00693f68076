/**
 * Looks at the built site in Chromium: every page that is linked from the first, at two widths and
 * in both colour schemes, for errors and for text that sticks out; then the playground.
 * `SHOTS=folder` keeps screenshots. Chromium: `CHROMIUM`, else where Debian and macOS have it.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { base } from './base.mjs'
import { serve } from './serve.mjs'
import { faults, organizations } from './play/scenarios.js'

const dist = `${import.meta.dirname}/dist`
const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const { CHROMIUM } = process.env
const executablePath = (CHROMIUM ? [CHROMIUM] : usual).find((path) => existsSync(path))

if (executablePath === undefined) {
  console.log('not run: no Chromium here (set CHROMIUM to its path)')
  process.exit(0)
}
if (!existsSync(`${dist}/index.html`)) {
  console.log('not run: the site is not built (npm run docs:site)')
  process.exit(1)
}

/** What the error of each fault must be; undefined: the run completes. */
const expected = {
  none: undefined,
  'token-url': 'ERR_CQ_UNEXPECTED_STATUS',
  'foreign-token-url': 'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
  clock: undefined,
  'clock-hours': 'ERR_CQ_CLOCK_SKEW',
  key: 'ERR_CQ_TOKEN_REJECTED',
  'client-id': 'ERR_CQ_TOKEN_REJECTED',
  'api-key': 'ERR_CQ_DIRECTORY_KEY_REFUSED',
  busy: undefined,
  down: 'ERR_CQ_UNEXPECTED_STATUS',
  html: 'ERR_CQ_UNEXPECTED_CONTENT',
}
const refused = { '2.999.30': 'ERR_CQ_ENTRY_INACTIVE', '2.999.40': 'ERR_CQ_NO_USABLE_ENDPOINT' }
const widths = [1280, 390]
const looked = [
  '/',
  '/concepts',
  '/authentication',
  '/directory',
  '/udap',
  '/errors',
  '/api/',
  '/play',
]

const { origin: host, close } = await serve(dist, { base })
const origin = `${host}${base.slice(0, -1)}`
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const failures = []
const check = async (title, body) => {
  try {
    await body()
    console.log('ok  ', title)
  } catch (error) {
    failures.push(title)
    console.log('FAIL', title, '\n    ', error.message)
  }
}

/** A page that collects its errors, and every request that leaves the site. */
async function open(path, { width = 1280, colorScheme = 'light' } = {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
  const errors = []
  page.on('pageerror', ({ message }) => errors.push(message))
  page.on('console', (line) => line.type() === 'error' && errors.push(line.text()))
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) {
      errors.push(`a request left the site: ${request.url()}`)
    }
  })
  await page.goto(origin + path, { waitUntil: 'networkidle' })
  return { page, errors }
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of widths) {
    await check(`${width} pixels, ${colorScheme}: no error, nothing sticks out`, async () => {
      for (const path of looked) {
        const { page, errors } = await open(path, { width, colorScheme })
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert.ok(over <= 0, `${path} is ${over} pixels too wide`)
        assert.equal(
          await page.evaluate(() => document.documentElement.classList.contains('dark')),
          colorScheme === 'dark',
        )
        assert.deepEqual(errors, [], path)
        const { SHOTS } = process.env
        const name = `${path.replaceAll('/', '') || 'home'}-${width}-${colorScheme}.png`
        if (SHOTS)
          await page.screenshot({
            path: `${SHOTS}/${name}`,
            fullPage: path !== '/api/' && path !== '/errors',
          })
        await page.close()
      }
    })
  }
}

await check('the search finds a guide and a declaration', async () => {
  const { page } = await open('/')
  await page
    .getByRole('button', { name: /search/i })
    .first()
    .click()
  const box = page.locator('.VPLocalSearchBox input')
  for (const [text, link] of [
    ['purpose of use', '/directory'],
    ['pemSigner', '/api/'],
  ]) {
    await box.fill(text)
    await page
      .locator(`.VPLocalSearchBox .results a[href*="${link}"]`)
      .first()
      .waitFor({ timeout: 60_000 })
  }
  await page.close()
})

const { page, errors } = await open('/play')
async function play(oid, fault) {
  await page.selectOption('select[name=organization]', oid)
  await page.selectOption('select[name=fault]', fault)
  await page.locator('.play-form button').click()
  await page.locator('.play-trail li.done, .play-trail li.error').waitFor({ timeout: 120_000 })
  await page.locator('.play-trail[data-state=idle]').waitFor()
  const texts = (kind) => page.locator(`.play-trail .${kind}`).allInnerTexts()
  return {
    error: (await texts('error'))[0],
    requests: await texts('request'),
    patients: await texts('patient'),
    explained: await page.locator('.play-explain pre').allInnerTexts(),
  }
}

for (const { id, name } of faults) {
  await check(`playground: ${name}: ${expected[id] ?? 'complete'}`, async () => {
    assert.ok(Object.hasOwn(expected, id), `no expectation for ${id}`)
    const { error, patients, requests, explained } = await play(organizations[0].oid, id)
    if (expected[id] === undefined) {
      assert.equal(error, undefined)
      assert.match(patients[0], /1316024 +Timothy Peters/)
      assert.equal(patients.length, 6)
      assert.match(explained[0], /carequality-token/)
    } else assert.ok(error?.startsWith(expected[id]), error ?? 'no error')
    assert.ok(requests.length > 0)
  })
}
for (const { oid, name } of organizations) {
  await check(`playground: ${name}: ${refused[oid] ?? 'complete'}`, async () => {
    const { error } = await play(oid, 'none')
    if (refused[oid] === undefined) assert.equal(error, undefined)
    else assert.ok(error?.startsWith(refused[oid]), error)
  })
}
await check('playground: the page had no error of its own, and no request left it', () => {
  assert.deepEqual(errors, [])
})
if (process.env.SHOTS) {
  await play(organizations[0].oid, 'key')
  await page.screenshot({ path: `${process.env.SHOTS}/play-key.png`, fullPage: true })
  await page.setViewportSize({ width: 390, height: 900 })
  await page.screenshot({ path: `${process.env.SHOTS}/play-key-390.png`, fullPage: true })
}

await browser.close()
await close()
console.log(failures.length === 0 ? 'all hold' : `${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1
