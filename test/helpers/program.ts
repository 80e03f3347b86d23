/** Commands tested as what users run: a process with arguments, an environment, two outputs and an exit status. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** As bin/ has it: to strip and compile the program anew is half of what most commands cost. */
const compiled = join(checkout, 'node_modules/.cache/compiled')

export type Options = {
  /** Over a bare environment: what the tester's shell has set must not decide a test. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: the checkout. */
  readonly directory?: string
  /** Written to stdin, which is then closed. */
  readonly input?: string
  /** Milliseconds until it is killed and the promise rejects. Default 50,000. */
  readonly patience?: number
}

export type Outcome = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export type Background = {
  readonly pid: number
  /** Both outputs so far. */
  stdout(): string
  stderr(): string
  /** The first match in either output; rejects when the program ends or `patience` (30,000 ms) passes first. */
  line(pattern: RegExp, patience?: number): Promise<RegExpExecArray>
  /** Sends the signal (SIGTERM) and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Outcome>
  readonly ended: Promise<Outcome>
}

const running = new Set<ChildProcess>()

afterAll(async () => {
  const left = [...running]
  await Promise.all(
    left.map(child => new Promise(resolve => child.once('close', resolve) && child.kill('SIGKILL'))),
  )
})
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Runs a file of the checkout to its end, by the Node that runs the tests. Does not throw for a non-zero exit. */
export async function run(
  file: string,
  argv: readonly string[] = [],
  options: Options = {},
): Promise<Outcome> {
  const program = start(file, argv, options)
  const patience = options.patience ?? 50_000
  const timer = setTimeout(() => process.kill(program.pid, 'SIGKILL'), patience)
  const outcome = await program.ended
  clearTimeout(timer)
  if (outcome.signal === 'SIGKILL') {
    throw new Error(
      `${file} ${argv.join(' ')} did not end in ${patience} ms\n${outcome.stdout}${outcome.stderr}`,
    )
  }
  return outcome
}

/** Starts it and leaves it running; it is killed after the file's tests at the latest. */
export function start(file: string, argv: readonly string[] = [], options: Options = {}): Background {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...argv], {
    cwd: options.directory ?? checkout,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compiled, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal, stdout, stderr })
    })
  })
  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    line(pattern, patience = 30_000) {
      return new Promise((resolve, reject) => {
        const found = () => pattern.exec(stdout) ?? pattern.exec(stderr)
        const say = (what: string) => new Error(`${what} before ${pattern}:\n${stdout}${stderr}`)
        const finish = (end: () => void) => {
          clearTimeout(timer)
          for (const output of [child.stdout, child.stderr]) output.off('data', look)
          child.off('close', gone)
          end()
        }
        const look = () => {
          const match = found()
          if (match) finish(() => resolve(match))
        }
        const gone = () => finish(() => reject(say('it ended')))
        const timer = setTimeout(() => finish(() => reject(say(`${patience} ms passed`))), patience)
        for (const output of [child.stdout, child.stderr]) output.on('data', look)
        child.on('close', gone)
        if (child.exitCode !== null && found() === null) gone()
        else look()
      })
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}
