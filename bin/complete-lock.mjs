/**
 * Completes package-lock.json with the platform packages that npm left out. npm records an optional package for
 * another system only if the registry answered for it at that moment, and `npm ci` then refuses the lock on every
 * machine. Run it after `npm install` changed the lock (test/house/lock.test.ts says when):
 *   node bin/complete-lock.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const systems = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openharmony',
  'win32',
  'sunos',
  'aix',
  'netbsd',
  'openbsd',
]
const processors = [
  'x64',
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'mips64el',
]
const libraries = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

/** `[name, version, dev]` of every optional dependency in the lock that the lock has no entry for. */
export function missingPackages(lock) {
  const missing = new Map()
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const known = lock.packages[`${path}/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`]
      if (known === undefined) missing.set(name, [name, version, entry.dev])
    }
  }
  return [...missing.values()]
}

/** What the package's own name says of where it runs; npm skips it elsewhere without asking the registry. */
function entryFor([name, version, dev]) {
  const words = name.split(/[-/]/)
  const os = words.find(word => systems.includes(word))
  const cpu = words.find(word => processors.includes(word))
  const libc = words.map(word => libraries[word]).find(Boolean)
  if (!/^\d/.test(version) || cpu === undefined || (os === undefined && cpu !== 'wasm32')) {
    throw new Error(`${name}@${version} does not say which system it is for: add it to the lock by hand`)
  }
  return {
    version,
    cpu: [cpu],
    ...(dev && { dev }),
    ...(libc && { libc: [libc] }),
    optional: true,
    ...(os && { os: [os] }),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const lock = JSON.parse(readFileSync(path, 'utf8'))
  const missing = missingPackages(lock)
  for (const one of missing) lock.packages[`node_modules/${one[0]}`] = entryFor(one)
  const [root, ...rest] = Object.entries(lock.packages)
  lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => a.localeCompare(b, 'en'))])
  if (missing.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.error(`${missing.length} packages added to package-lock.json`)
}
