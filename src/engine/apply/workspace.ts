/**
 * The graphile-migrate project that owns a moved database's rules: the core's migrations, a baseline, one policy file
 * per table. Put on disk, and never over a file that somebody edited. What may fail here is the disk, and a folder
 * that holds somebody's other work (RH116).
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RowhouseError } from '../../errors.ts'
import { type Plan, schemasOf } from '../plan/plan.ts'
import type { PlannedTable } from '../plan/targetTable.ts'
import { baseline, policyFile } from './baseline.ts'
import { coreMigrationFiles, corePlaceholders } from './core.ts'

export type Connections = { readonly database: string; readonly shadow: string; readonly root: string }

/**
 * @param connections written into .gmrc where the addresses are ours to know (the embedded server); otherwise the
 *   environment says: DATABASE_URL, SHADOW_DATABASE_URL, ROOT_DATABASE_URL
 */
export async function workspaceFiles(plan: Plan, connections?: Connections): Promise<Map<string, string>> {
  const core = await coreMigrationFiles()
  const handOver = plan.operations.find(operation => operation.kind === 'hand_over')
  const schemas = schemasOf(plan)
  const last = core.at(-1)
  const previous = last && {
    filename: `${last.name.slice(0, 6)}.sql`,
    hash: last.text.match(/^--! Hash: (.*)$/m)?.[1]?.trim() ?? '',
    previousHash: null,
    sql: '',
  }
  const made =
    handOver?.kind === 'hand_over' && handOver.text !== undefined
      ? { ...handOver, text: handOver.text }
      : baseline({ ...plan, targetSchemas: schemas }, previous)
  if (handOver?.kind === 'hand_over' && handOver.hash !== made.hash) {
    throw new RowhouseError('RH120', {
      message: `plan ${plan.id} was made by another version of this tool: its baseline differs`,
      hint: 'finish it with the version that began it, or: rowhouse cancel',
    })
  }
  // Doors that were there before the plan are their owner's.
  const policies = plan.tables
    .filter(table => !table.adopted?.hasDoors)
    .map(table => ({
      path: policyPath(table, schemas),
      text: policyFile(table, plan),
    }))
  return new Map([
    ['.gmrc', gmrc(plan, connections)],
    ['README.md', readme(plan)],
    [
      'migrations/current.sql',
      `-- Included files are applied on every save (npm run db:watch), and committed by graphile-migrate commit.\n${policies.map(({ path }) => `--!include ${path}`).join('\n')}\n`,
    ],
    ...core.map(({ name, text }): [string, string] => [`migrations/committed/${name}`, text]),
    [`migrations/committed/${made.filename.replace('.sql', '-baseline.sql')}`, made.text],
    ...policies.map(({ path, text }): [string, string] => [`db/${path}`, text]),
  ])
}

/** A name that is a file's name everywhere; what had to be replaced is told apart by a digest. */
function fileName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_.-]/g, '_')
  return plain === name ? name : `${plain}-${sha256(name).slice(0, 8)}`
}

/** `policies/employees.sql`; with the schema in front where tables go to several. */
const policyPath = ({ target }: PlannedTable, schemas: readonly string[]): string =>
  `policies/${fileName(`${schemas.length > 1 ? `${target.schema}.` : ''}${target.name}`)}.sql`

function gmrc(plan: Plan, connections: Connections | undefined): string {
  const lines = Object.entries(corePlaceholders(plan.roles, plan)).map(
    ([name, value]) => `    "${name}": "${value}",`,
  )
  const addresses = connections
    ? `  // The embedded server's; rewritten when its port changes.
  connectionString: ${JSON.stringify(connections.database)},
  shadowConnectionString: ${JSON.stringify(connections.shadow)},
  rootConnectionString: ${JSON.stringify(connections.root)},
`
    : '  // Addresses come from DATABASE_URL, SHADOW_DATABASE_URL and ROOT_DATABASE_URL.\n'
  return `// graphile-migrate (https://github.com/graphile/migrate): \`watch\` applies on save, \`commit\` makes a migration.
{
${addresses}  placeholders: {
${lines.join('\n')}
  },
}
`
}

const readme = (plan: Plan): string => `# The rules of ${plan.targetSchema}

A graphile-migrate project. It owns what \`rowhouse apply\` made: ${plan.tables.length} tables behind row-level security.

| where | what |
|---|---|
| \`db/policies/\` | one file per table: edit the doors, save, and they hold (\`npm run db:watch\`) |
| \`migrations/current.sql\` | which files \`watch\` applies |
| \`migrations/committed/\` | how the database got here: the tenancy core, then the baseline |

\`npx graphile-migrate@2.0.0-rc.3 commit\` turns current.sql into a migration after trying it on a fresh shadow database.
`

/** What was written before, by path: SHA-256 of our text. A file that is not like that any more is somebody's. */
type Manifest = { readonly plan: string; readonly files: Readonly<Record<string, string>> }

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const manifestFile = '.rowhouse.json'

/**
 * Writes what is missing and refreshes what nobody edited.
 * @returns the paths that were left alone because they were edited
 * @throws RowhouseError RH116 where the folder holds another plan's edited files
 */
export async function writeWorkspace(
  folder: string,
  plan: Plan,
  connections?: Connections,
): Promise<string[]> {
  const files = await workspaceFiles(plan, connections)
  const manifest = await readManifest(folder)
  const edited: string[] = []
  const write: [string, string][] = []
  for (const [path, text] of files) {
    const present = await readFile(join(folder, path), 'utf8').catch(() => undefined)
    if (
      present === undefined
        ? manifest?.plan === plan.id && manifest.files[path] !== undefined
        : present !== text
    ) {
      // Present and changed, or deleted on purpose (a committed current.sql's policy, a table given up).
      if (present === undefined || manifest?.files[path] !== sha256(present)) {
        edited.push(path)
        continue
      }
    }
    if (present !== text) write.push([path, text])
  }
  if (manifest?.plan !== plan.id && edited.length > 0) {
    throw new RowhouseError('RH116', {
      message: `${folder} holds other work: ${edited.join(', ')} ${edited.length === 1 ? 'is' : 'are'} not ours to overwrite`,
      hint: 'name another folder: workspace in the spec',
    })
  }
  for (const [path, text] of write) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    await writeWhole(target, text, path === '.gmrc' ? 0o600 : 0o666)
  }
  await symlink('../db', join(folder, 'migrations/fixtures')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const next: Manifest = {
    plan: plan.id,
    files: {
      ...(manifest?.plan === plan.id ? manifest.files : {}),
      // Also what an interrupted run wrote before it could list it here.
      ...Object.fromEntries(
        [...files].filter(([path]) => !edited.includes(path)).map(([path, text]) => [path, sha256(text)]),
      ),
    },
  }
  await writeWhole(join(folder, manifestFile), `${JSON.stringify(next, null, 2)}\n`, 0o666)
  return edited
}

/** A file is there whole or not at all: half of one would look like somebody's edit to the run after a kill. */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const unfinished = `${path}.unfinished`
  await rm(unfinished, { force: true })
  await writeFile(unfinished, text, { mode })
  await rename(unfinished, path)
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFile(join(folder, manifestFile), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Manifest
  } catch (error) {
    throw new RowhouseError('RH116', {
      message: `${join(folder, manifestFile)} cannot be read: ${(error as Error).message}`,
      hint: 'name another folder (workspace in the spec), or remove this file: every file of the folder then counts as edited',
      cause: error,
    })
  }
}

/** The plan whose rules a folder has; undefined where no plan wrote it. @throws RowhouseError RH116 */
export const planOfWorkspace = async (folder: string): Promise<string | undefined> =>
  (await readManifest(folder))?.plan

/** Takes away what writeWorkspace wrote and nobody edited. Returns what stays. */
export async function removeWorkspace(folder: string, plan: Plan): Promise<string[]> {
  const manifest = await readManifest(folder)
  if (manifest?.plan !== plan.id) return []
  const kept: string[] = []
  for (const [path, hash] of Object.entries(manifest.files)) {
    const present = await readFile(join(folder, path), 'utf8').catch(() => undefined)
    if (present === undefined) continue
    if (sha256(present) === hash) await rm(join(folder, path))
    else kept.push(path)
  }
  await rm(join(folder, manifestFile), { force: true })
  if (kept.length === 0) await rm(join(folder, 'migrations/fixtures'), { force: true })
  for (const empty of ['db/policies', 'db', 'migrations/committed', 'migrations', '.']) {
    // Only empty folders go; a folder that holds somebody's file stays.
    await rmdir(join(folder, empty)).catch(() => {})
  }
  return kept
}
