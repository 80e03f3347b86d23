/**
 * What npm's scripts call: makes sure that the install is whole, then runs the named program on the Node 24
 * that the install brings, with the same terminal, signals and exit status. Plain JavaScript, for Node 20.
 */
import { ensureInstall } from './install.mjs'
import { exitLike, runOnNode24 } from './node24.mjs'

/** Name → what Node 24 is given; the caller's own arguments follow. */
const programs = {
  start: ['src/cli.ts', 'start'],
  watch: ['src/cli.ts', 'watch'],
  generate: ['test/generate.ts'],
  bench: ['test/bench/index.ts'],
  test: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'],
}

const [name, ...rest] = process.argv.slice(2)
if (name === undefined || !Object.hasOwn(programs, name)) {
  console.error(`RH200: bin/run.mjs knows ${Object.keys(programs).join(', ')}, not "${name ?? ''}"`)
  process.exit(2)
}
await ensureInstall()
exitLike(await runOnNode24([...programs[name], ...rest]))
