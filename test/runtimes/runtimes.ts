/** The runtimes: where each is found, what it says of itself, and how it is started. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Control } from './control.ts'
import type { ProbeResult, RunReport, Variant } from './plan.ts'

/** Where the bundles, the build and the binaries are. */
export interface Places {
  readonly bundles: string
  readonly dist: string
  readonly installed: string
}

export interface Runtime {
  readonly id: string
  readonly title: string
  readonly variant: Variant
  /** Undefined where it is not on this machine. */
  find(places: Places): Promise<{ readonly command: string; readonly version: string } | undefined>
  run(command: string, control: Control, places: Places): Promise<RunReport>
}

const LONGEST_MS = 900_000

function found(command: string, args: readonly string[]) {
  return new Promise<{ command: string; version: string } | undefined>((done) => {
    execFile(command, args, (error, stdout) => {
      const version = stdout
        .split(/[\s()]+/)
        .find((word) => /^v?\d/.test(word))
        ?.replace('v', '')
      done(error !== null || version === undefined ? undefined : { command, version })
    })
  })
}

/** Runs a process to its end, which must come by itself. */
function inProcess(args: (command: string) => readonly [command: string, ...args: string[]]) {
  return async (command: string, control: Control): Promise<RunReport> => {
    const [file, ...rest] = args(command)
    const report = control.report()
    const ended = new Promise<never>((_, reject) => {
      execFile(file, rest, { timeout: LONGEST_MS, maxBuffer: 2 ** 26 }, (error, _out, stderr) => {
        if (error !== null) reject(new Error(`it ended badly: ${stderr.slice(0, 2_000)}`))
      })
    })
    return (await Promise.race([report, ended])) as RunReport
  }
}

function processRuntime(
  id: string,
  title: string,
  variant: Variant,
  binary: (installed: string) => string,
  flags: readonly string[] = [],
): Runtime {
  return {
    ...{ id, title, variant },
    find: ({ installed }) => found(binary(installed), ['--version']),
    run: (command, control, { bundles, dist }) =>
      inProcess((file) => [
        file,
        ...flags,
        join(bundles, 'process-entry.js'),
        ...[control.plan.control, variant, pathToFileURL(dist).href],
      ])(command, control),
  }
}

/** npm's packages of one platform each: the one that was installed. */
function binaryIn(scope: string, file: string) {
  return (installed: string): string => {
    const folder = join(installed, scope)
    const names = existsSync(folder) ? readdirSync(folder) : []
    return names.map((name) => join(folder, name, file)).find((path) => existsSync(path)) ?? file
  }
}

const DENO = ['run', '--allow-all', '--node-modules-dir=manual', '--no-lock']

const nodes = [20, 22, 24, 26].flatMap((major) => {
  const binary = (installed: string): string => join(installed, `node${major}/bin/node`)
  return [
    processRuntime(`node${major}`, `Node ${major}`, 'default', binary),
    processRuntime(`node${major}-fetch`, `Node ${major}, \`fetch\` given`, 'fetch', binary),
  ]
})

const workerd: Runtime = {
  ...{ id: 'workerd', title: 'workerd (Cloudflare Workers)', variant: 'default' },
  find: ({ installed }) => found(binaryIn('@cloudflare', 'bin/workerd')(installed), ['--version']),
  run: async (command, control, { bundles }) => {
    const config = join(bundles, 'suite.capnp')
    await writeFile(
      config,
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "suite", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-10-01",
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["private", "local", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "suite")],
);
`,
    )
    const child = spawn(command, ['serve', '--control-fd=3', config], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    })
    try {
      const port = await new Promise<number>((done, failed) => {
        child.once('error', failed)
        child.once('exit', () => {
          failed(new Error('workerd ended before it listened'))
        })
        child.stdio[3]?.once('data', (data: Buffer) => {
          done((JSON.parse(data.toString().split('\n', 1)[0] ?? '') as { port: number }).port)
        })
      })
      const query = `?control=${encodeURIComponent(control.plan.control)}`
      const response = await fetch(`http://127.0.0.1:${port}/${query}`, {
        signal: AbortSignal.timeout(LONGEST_MS),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(text.slice(0, 2_000))
      return JSON.parse(text) as RunReport
    } finally {
      child.kill()
    }
  },
}

const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The part of playwright-core that is needed. */
interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: readonly string[] }): Promise<{
      newPage(): Promise<{ goto(url: string): Promise<unknown> }>
      close(): Promise<void>
    }>
  }
}

const chromium: Runtime = {
  ...{ id: 'chromium', title: 'Chromium', variant: 'default' },
  find: async ({ installed }) => {
    const command = CHROMIUMS.find((file) => existsSync(file))
    if (command === undefined || !existsSync(join(installed, 'playwright-core'))) return undefined
    return found(command, ['--version'])
  },
  run: async (command, control, { bundles, installed }) => {
    const { chromium: launcher } = (await import(
      pathToFileURL(join(installed, 'playwright-core/index.mjs')).href
    )) as Playwright
    control.pages.set('/page.js', {
      type: 'text/javascript',
      body: await readFile(join(bundles, 'page.js'), 'utf8'),
    })
    for (const act of ['inPage', 'crossOrigin']) {
      const script = `<script type="module">import { ${act} } from '/page.js'; await ${act}(location.origin)</script>`
      control.pages.set(`/${act}`, { type: 'text/html', body: `<!doctype html>${script}` })
    }
    /** A page of its own browser; CORS is for servers to allow, and the sandbox's do not. */
    const visit = async (act: string, args: readonly string[]): Promise<unknown> => {
      const browser = await launcher.launch({
        executablePath: command,
        args: ['--no-sandbox', ...args],
      })
      try {
        const report = control.report()
        const page = await browser.newPage()
        await page.goto(`${control.plan.control}/${act}`)
        return await within(report)
      } finally {
        await browser.close()
      }
    }
    const cors = (await visit('crossOrigin', [])) as ProbeResult
    const report = (await visit('inPage', ['--disable-web-security'])) as RunReport
    return { ...report, probes: [...report.probes, cors] }
  },
}

function within<T>(promise: Promise<T>): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      setTimeout(() => {
        reject(new Error('it did not report in time'))
      }, LONGEST_MS).unref()
    }),
  ])
}

export const RUNTIMES: readonly Runtime[] = [
  ...nodes,
  processRuntime('bun', 'Bun', 'default', binaryIn('@oven', 'bin/bun'), ['run']),
  processRuntime('deno', 'Deno', 'default', binaryIn('@deno', 'deno'), DENO),
  workerd,
  chromium,
]

/** The Node that runs the tests, for the quick form. */
export const OWN_NODE: Runtime = processRuntime(
  'own-node',
  'this Node',
  'default',
  () => process.execPath,
)
