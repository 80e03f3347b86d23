import { access, writeFile } from 'node:fs/promises'
import type pg from 'pg'
import { isFolded } from '../engine/classify.ts'
import { type Inspection, inspect as inspectDatabase } from '../engine/inspect.ts'
import { withSources } from '../engine/source.ts'
import { resolveSpec } from '../engine/spec.ts'
import { specText } from '../engine/specText.ts'
import { RowhouseError } from '../errors.ts'
import { withClient } from '../postgres/connect.ts'
import type { Command } from './command.ts'
import { decided } from './decided.ts'
import { from } from './from.ts'

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
    // How tenants are found is asked of the file; everything else is told as it is.
    const { discover } = await decided(context)
    const decisions = discover === undefined ? {} : { discover }
    const source = context.from()
    const found =
      source === undefined
        ? await withClient(await context.database(), 'inspect', client => inspectDatabase(client, decisions))
        : await withSources(source, 1, ([client]) =>
            inspectDatabase(client as pg.Client, decisions, { extensions: null }),
          )
    const { inspection } = found
    if (file !== undefined) {
      await writeFile(file, specText(resolveSpec(found, decisions), inspection)).catch(error => {
        throw new RowhouseError('RH113', {
          message: `the spec ${file} cannot be written: ${(error as Error).message}`,
          hint: 'name a file in a folder that exists and may be written',
          cause: error,
        })
      })
    }
    const { kind, tenants, tables, hazards } = inspection
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
      asText(inspection, file),
    )
    return 0
  },
}

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
    ...hazards.flatMap(({ blocks, code, object, detail, hint }) => [
      `  ${blocks ? 'BLOCKS' : 'note'}  ${code}  ${object}: ${detail}`,
      `          ${hint}`,
    ]),
    '',
    file === undefined
      ? 'next: rowhouse inspect --write tenancy.json5'
      : `wrote ${file}; next: rowhouse plan --spec ${file}`,
  ].join('\n')
}
