/**
 * Writes what is generated and committed: the schema of a folded database, its API, the commands' help in the README.
 * CI runs it and fails when anything changes. On a server of its own, so that it says the same everywhere.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../src/config.ts'
import { buildSample } from '../src/engine/sample/sample.ts'
import { printApi } from '../src/graphql/print.ts'
import { withClient, withDatabase } from '../src/postgres/connect.ts'
import { startEmbedded } from '../src/postgres/embedded.ts'
import { openPools } from '../src/postgres/pools.ts'
import { fold, roles } from './engine/fold.ts'
import { snapshot } from './helpers/snapshot.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const path = (name: string) => join(checkout, name)

/** Folded and made by the house; what the sample brought is the sample's. */
const schemas = ['app_hidden', 'app_private', 'app_public', 'graphile_migrate', 'hr', 'rowhouse']

const home = mkdtempSync(join(tmpdir(), 'rowhouse-generate-'))
chmodSync(home, 0o711)
const server = await startEmbedded({ home, durable: false })
try {
  await withClient(server.url, 'generate', client => client.query('create database hr'))
  const url = withDatabase(server.url, 'hr')
  await withClient(url, 'generate', client => buildSample(client))
  await fold(url)
  const text = await withClient(url, 'generate', client => snapshot(client, schemas))
  writeFileSync(path('test/snapshots/schema.txt'), text)

  const pools = await openPools(readConfig({ ROWHOUSE_HOME: home }), url)
  try {
    writeFileSync(path('test/snapshots/schema.graphql'), await printApi(pools.requests, roles.visitor))
  } finally {
    await pools.end()
  }
} finally {
  await server.stop()
  rmSync(home, { recursive: true, force: true })
}
writeHelp(path('README.md'))

/** Between `<!-- help -->` and `<!-- /help -->`: what each command says of itself. */
function writeHelp(readme: string): void {
  if (!existsSync(readme)) return
  const before = readFileSync(readme, 'utf8')
  const marked = /(<!-- help -->\n)[\s\S]*?(<!-- \/help -->)/
  if (!marked.test(before)) return
  const listed = help().matchAll(/^ {2}([a-z]+)\b.* {2}/gm)
  const names = [...listed].map(([, name]) => name).filter(name => name !== 'help')
  const blocks = ['', ...names].map(name => `\`\`\`\n${help(name).trim()}\n\`\`\`\n`)
  writeFileSync(
    readme,
    before.replace(marked, (_, start, end) => `${start}\n${blocks.join('\n')}\n${end}`),
  )
}

function help(command = ''): string {
  const argv = ['--disable-warning=ExperimentalWarning', path('src/cli.ts'), ...(command ? [command] : [])]
  const { status, stdout, stderr } = spawnSync(process.execPath, [...argv, '--help'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, COLUMNS: '100', NO_COLOR: '1' },
  })
  if (status !== 0) throw new Error(`rowhouse ${command} --help failed:\n${stderr}`)
  return stdout
}
