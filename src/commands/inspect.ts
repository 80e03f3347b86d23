import { access, writeFile } from 'node:fs/promises'
import type pg from 'pg'
import { isFolded } from '../engine/inspect/classify.ts'
import type { Hazard } from '../engine/inspect/hazards.ts'
import { type Inspection, inspect as inspectFolded } from '../engine/inspect/inspect.ts'
import { inspectAny, isScopeFound, scopeFileOf } from '../engine/inspect/inspectAny.ts'
import { refuseScope, withSources } from '../engine/plan/source.ts'
import type { ScopeInspection } from '../engine/scope/inspect.ts'
import { findUnowned } from '../engine/scope/owners.ts'
import { decideScope } from '../engine/scope/spec.ts'
import { scopeText as scopeSpecText } from '../engine/scope/specText.ts'
import { resolveSpec } from '../engine/spec/spec.ts'
import { type AnySpecFile, isScopeFile } from '../engine/spec/specFile.ts'
import { specText } from '../engine/spec/specText.ts'
import { RowhouseError } from '../errors.ts'
import { withClient } from '../postgres/connect.ts'
import { afterInspect, type Command } from './command.ts'
import { decided } from './decided.ts'
import { from } from './from.ts'
import { hazardLines, scopeJson, scopeText } from './inspectScope.ts'

export const inspect: Command = {
  name: 'inspect',
  summary: 'say what is in a database: tenants, tables, hazards',
  description:
    'Reads only. With --write it makes the spec file, in which you decide what should be otherwise.',
  options: [
    from,
    { flags: '--write <file>', description: 'write the spec file; an existing one is not overwritten' },
    { flags: '--force', description: 'overwrite it' },
  ],
  examples: [
    'rowhouse inspect --database postgres://localhost/hr_legacy',
    'rowhouse inspect --database postgres://localhost/hr_legacy --write tenancy.json5',
    'rowhouse inspect --database postgres://localhost/hr_legacy --json',
    'rowhouse inspect --from postgres://old.example/hr_legacy',
  ],
  async run(context, options) {
    const file = options.write as string | undefined
    if (file !== undefined && options.force !== true) await refuseExisting(file)
    const decisions = asked(await decided(context))
    const source = context.from()
    const told = await (source === undefined ? inspectHere() : inspectThere(source))
    async function inspectThere(url: string) {
      refuseScope(decisions)
      return withSources(url, 1, ([client]) =>
        inspectFolded(client as pg.Client, isScopeFile(decisions) ? {} : decisions, {
          extensions: null,
          compressions: null,
        }),
      )
    }
    async function inspectHere() {
      return withClient(await context.database(), 'inspect', async client => {
        const found = await inspectAny(client, decisions, context.spec)
        if (!isScopeFound(found)) return found
        // Names in the file that are not there are refused, written or not.
        const spec = decideScope(found, scopeFileOf(decisions), context.spec)
        const unowned = await findUnowned(client, found, spec, context.spec)
        return { spec, inspection: withHazards(found.inspection, unowned) }
      })
    }
    if ('spec' in told) {
      if (file !== undefined) await write(file, scopeSpecText(told.spec, told.inspection))
      context.result(scopeJson(told.inspection), scopeText(told.inspection, file, context.spec))
      return 0
    }
    const found = told
    if (file !== undefined) {
      await write(
        file,
        specText(resolveSpec(found, isScopeFile(decisions) ? {} : decisions), found.inspection),
      )
    }
    const { kind, tenants, tables, hazards } = found.inspection
    context.result(
      {
        kind,
        tenants: tenants.map(({ schema, name, slug }) => ({ schema, name, slug })),
        tables,
        hazards: hazards.map(({ code, object, detail, hint, blocks }) => ({
          code,
          object,
          detail,
          hint,
          blocks,
        })),
      },
      asText(found.inspection, file, context.spec),
    )
    return 0
  },
}

/** What blocks first. */
const withHazards = (inspection: ScopeInspection, more: readonly Hazard[]): ScopeInspection => ({
  ...inspection,
  hazards: [...more, ...inspection.hazards].sort((a, b) => Number(b.blocks) - Number(a.blocks)),
})

/**
 * How tenants are found is asked of the file; everything else is told as it is. Of one customer's database the file
 * says more: where owners are looked for, and what stays everybody's.
 */
function asked(decisions: AnySpecFile): AnySpecFile {
  if (isScopeFile(decisions)) return decisions
  const { discover, kind } = decisions
  return { ...(discover === undefined ? {} : { discover }), ...(kind === undefined ? {} : { kind }) }
}

const write = (file: string, text: string) =>
  writeFile(file, text).catch(error => {
    throw new RowhouseError('RH113', {
      message: `the spec ${file} cannot be written: ${(error as Error).message}`,
      hint: 'name a file in a folder that exists and may be written',
      cause: error,
    })
  })

async function refuseExisting(file: string): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  )
  if (!there) return
  throw new RowhouseError('RH116', {
    message: `${file} is already there`,
    hint: `keep it, or overwrite it: rowhouse inspect --write ${file} --force`,
  })
}

function asText(
  { database, tenants, tables, hazards, registry }: Inspection,
  file: string | undefined,
  spec: string | undefined,
): string {
  const folded = tables.filter(isFolded)
  const total = folded.reduce((sum, table) => sum + table.rows, 0)
  const bytes = folded.reduce((sum, table) => sum + table.bytes, 0)
  const width = Math.max(...tables.map(table => table.name.length), 5)
  return [
    `database "${database}": one schema per tenant, ${tenants.length} tenants${registry ? ` (from ${registry.table})` : ' (found by their shape)'}`,
    `${folded.length} tables to fold, about ${total} rows, ${Math.ceil(bytes / 1_048_576)} MB; the fold needs as much again, and its indexes`,
    '',
    'tenants',
    ...tenants.slice(0, 20).map(({ schema, name }) => `  ${schema}  ${name}`),
    ...(tenants.length > 20 ? [`  … and ${tenants.length - 20} more (--json lists all)`] : []),
    '',
    'tables',
    ...tables.map(
      ({ name, class: kind, schema, rows }) =>
        `  ${name.padEnd(width)}  ${kind}${schema ? ` in ${schema}` : ''}  about ${rows} rows`,
    ),
    '',
    hazards.length === 0 ? 'no hazards' : 'hazards',
    ...hazards.flatMap(hazardLines),
    '',
    file === undefined ? `next: ${afterInspect(spec)}` : `wrote ${file}; next: rowhouse plan --spec ${file}`,
  ].join('\n')
}
