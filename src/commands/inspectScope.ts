/** What `inspect` says of one customer's database. */
import type { Hazard } from '../engine/inspect/hazards.ts'
import type { ScopeInspection, ScopeTable } from '../engine/scope/inspect.ts'
import { pathText } from '../engine/scope/paths.ts'
import { afterInspect } from './command.ts'

export function scopeJson({
  kind,
  database,
  main,
  root,
  tables,
  ownerColumn,
  access,
  hazards,
}: ScopeInspection) {
  return {
    kind,
    database,
    schema: main,
    root,
    tables: tables.map(({ path, candidates, ...table }) => ({
      ...table,
      path,
      candidates: candidates.map(({ roots, owners, ...candidate }) => ({
        ...candidate,
        disagreesOn: { roots, owners },
      })),
    })),
    globals: tables.filter(({ class: kind }) => kind === 'global').map(({ source }) => source),
    ownerColumn,
    roles: access,
    hazards: hazards.map(({ code, object, detail, hint, blocks, acceptable }) => ({
      code,
      object,
      detail,
      hint,
      blocks,
      acceptable: acceptable ?? false,
    })),
  }
}

export function scopeText(
  inspection: ScopeInspection,
  file: string | undefined,
  spec: string | undefined,
): string {
  const { database, main, root, tables, ownerColumn, access, hazards } = inspection
  const scoped = tables.filter(({ class: kind }) => kind === 'root' || kind === 'scoped')
  const global = tables.filter(({ class: kind }) => kind === 'global')
  const framework = tables.filter(({ class: kind }) => kind === 'framework')
  const width = Math.max(...tables.map(({ source }) => source.length), 5)
  const total = scoped.reduce((sum, { rows }) => sum + rows, 0)
  const line = (table: ScopeTable, said: string) =>
    `  ${table.source.padEnd(width)}  about ${table.rows} rows  ${said}`
  return [
    `database "${database}": one customer's, tables in ${main}`,
    root === null
      ? 'no table is called like one of people or accounts: name it in the spec (root)'
      : `owners are found from ${root}: ${scoped.length} of ${tables.length} tables are scoped, about ${total} rows`,
    ...(scoped.length === 0 ? [] : ['', 'scoped']),
    ...scoped.flatMap(table => [
      line(table, table.class === 'root' ? 'the root' : pathText(table.path) || 'as the spec says'),
      ...ways(table, root, width),
    ]),
    ...(global.length === 0
      ? []
      : [
          '',
          "stay everybody's (approve in the spec: scope: false)",
          ...global.map(table => line(table, '')),
        ]),
    ...(framework.length === 0
      ? []
      : ['', "the framework's own", ...framework.map(table => line(table, ''))]),
    ...(ownerColumn === null
      ? []
      : [
          '',
          `${root}.${ownerColumn.column} may say whose rows are: ${ownerColumn.tooMany ? 'more than 1000 values' : `${ownerColumn.values.length} values`}, ${ownerColumn.empty} rows without`,
        ]),
    '',
    'roles that live on these tables, and keep full sight until the last phase',
    ...(access.length === 0 ? ['  none'] : access.map(({ role, why }) => `  ${role}  ${why}`)),
    '',
    hazards.length === 0 ? 'no hazards' : 'hazards',
    ...hazards.flatMap(hazardLines),
    '',
    file === undefined
      ? `next: ${afterInspect(spec)}`
      : `wrote ${file}; next: approve it, then rowhouse plan --spec ${file}`,
  ]
    .map(text => text.trimEnd())
    .join('\n')
}

function ways({ candidates }: ScopeTable, root: string | null, width: number): string[] {
  const [, ...others] = candidates
  return others.map(({ path, roots, owners, keys }) => {
    const count = owners ?? roots
    const said =
      count === 0
        ? 'the same owner for every row'
        : `${owners === null ? `another of ${root}` : 'ANOTHER OWNER'} for ${count} rows (${some(keys, count)})`
    return `  ${''.padEnd(width)}  or ${pathText(path)}: ${said}`
  })
}

const some = (keys: readonly string[], count: number) =>
  `${keys.join('; ')}${count > keys.length ? ' …' : ''}`

export const hazardLines = ({ blocks, code, object, detail, hint }: Hazard): string[] => [
  `  ${blocks ? 'BLOCKS' : 'note'}  ${code}  ${object}: ${detail}`,
  `          ${hint}`,
]
