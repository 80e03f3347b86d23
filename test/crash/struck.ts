/** One `rowhouse apply` that dies where it is told to, and what must be true afterwards. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { type Background, checkout, type Outcome, run, start } from '../helpers/program.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map(one => rm(one, { recursive: true, force: true }))))

/** An empty folder, gone after the file's tests. */
export async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'rowhouse-test-'))
  folders.push(made)
  return made
}

const program = join(checkout, 'src/cli.ts')
/** The workspace is relative, so that the plan is the same whatever folder the command runs in. */
const argv = (url: string, jobs: number, spec: string, from?: string) => [
  'apply',
  '--database',
  url,
  '--spec',
  join(checkout, 'test/crash', spec),
  '--yes',
  '--jobs',
  String(jobs),
  ...(from === undefined ? [] : ['--from', from]),
]

/** @param from another server as the source */
export const startApply = (
  url: string,
  folder: string,
  jobs = 1,
  spec = 'tenancy.json5',
  from?: string,
): Background => start(program, argv(url, jobs, spec, from), { directory: folder })

/** Any command, in the folder. */
export const startCommand = (argv: readonly string[], folder: string): Background =>
  start(program, argv, { directory: folder })

/** Any command to its end; throws what it said when it failed. */
export async function finishCommand(argv: readonly string[], folder: string): Promise<Outcome> {
  const outcome = await run(program, argv, { directory: folder })
  if (outcome.code !== 0)
    throw new Error(`${argv[0]} ended with ${outcome.code}\n${outcome.stdout}${outcome.stderr}`)
  return outcome
}

/** To the end; throws what it said when it failed. */
export async function finishApply(
  url: string,
  folder: string,
  jobs = 1,
  spec = 'tenancy.json5',
  from?: string,
): Promise<Outcome> {
  const outcome = await run(program, argv(url, jobs, spec, from), { directory: folder })
  if (outcome.code !== 0)
    throw new Error(`apply ended with ${outcome.code}\n${outcome.stdout}${outcome.stderr}`)
  return outcome
}

/** Names in the journal, in the order in which they were written. */
export async function journal(url: string): Promise<string[]> {
  return withClient(url, 'test', async client => {
    const { rows: there } = await client.query(`select to_regclass('rowhouse.journal') is not null as yes`)
    if (!there[0].yes) return []
    const { rows } = await client.query<{ step: string }>(
      'select step from rowhouse.journal order by created_at, ctid',
    )
    return rows.map(row => row.step)
  })
}

/** A killed program's session ends when the server notices; until then its last statement may still take effect. */
export async function sessionEnded(url: string): Promise<void> {
  await withClient(url, 'test', async client => {
    for (let left = 200; ; left--) {
      const { rowCount } = await client.query(
        `select from pg_stat_activity where datname = current_database() and application_name in ('rowhouse apply', 'rowhouse cancel')`,
      )
      if (rowCount === 0) return
      if (left === 0) throw new Error('the session of the killed command is still there')
      await wait(25)
    }
  })
}

export type Result = {
  readonly schema: string
  readonly rows: Record<string, string>
  readonly files: Record<string, string>
}

/** The database and the workspace: what an undisturbed run and a struck one must agree on. */
export async function resultOf(url: string, folder: string): Promise<Result> {
  return withClient(url, 'test', async client => ({
    schema: await snapshot(client),
    rows: await checksums(client),
    files: await filesOf(join(folder, 'workspace')),
  }))
}

/** What a run that nobody disturbs makes of the template. */
export async function undisturbed(template: string, spec?: string): Promise<Result> {
  const { url } = await database(template)
  const at = await folder()
  await finishApply(url, at, 1, spec)
  return resultOf(url, at)
}

async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const texts = files
    .sort()
    .map(async file => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(texts))
}
