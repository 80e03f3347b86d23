/**
 * What stands in the way of scoping a table in place, or becomes otherwise by it, by name. Pure. Whatever blocks and
 * can be taken as it is says so: `accept` in the spec lifts it.
 */
import type { Hazard } from '../inspect/hazards.ts'
import type { Place, Places } from './places.ts'
import type { Choice } from './rules.ts'
import type { Space } from './space.ts'
import type { Breaking } from './statements.ts'
import type { Surroundings } from './surroundings.ts'
import { tableHazards } from './tableHazards.ts'
import { block, leave, note, unlessAccepted } from './verdict.ts'

export type Scene = {
  readonly places: Places
  readonly choices: ReadonlyMap<string, Choice>
  readonly scopeColumn: string
  /** Roles whose rights the login has; null: all of them, it is a superuser. */
  readonly memberOf: ReadonlySet<string> | null
  readonly login: string
  readonly surroundings: Surroundings
  readonly space: Space
  readonly statements: readonly Breaking[] | null
}

export function findScopeHazards(scene: Scene): Hazard[] {
  const chosen = scene.places.all.filter(({ source }) => scene.choices.get(source)?.scoped)
  return [
    ...chosen.flatMap(place => tableHazards(place, scene)),
    ...ofSurroundings(scene),
    ...ofSpace(scene),
    ...ofStatements(scene, chosen),
    ...ofGlobals(scene),
  ]
}

function ofSurroundings({ surroundings, choices }: Scene): Hazard[] {
  const { security, triggers, views, publications, maySilence, running } = surroundings
  const isAssigned = (source: string) => choices.get(source)?.rule != null
  return [
    ...security.map(({ source, enabled, policies }) =>
      block({
        object: source,
        table: source,
        code: 'row-security',
        detail: `${enabled ? 'row security is on' : 'row security is off'}, policies: ${policies.join(', ') || 'none'}: they were written for another world than ours`,
        hint: `drop them and write their meaning anew in the workspace (alter table ${source} disable row level security), or ${leave(source)}`,
      }),
    ),
    ...publications.map(({ source, name, listed }) =>
      listed
        ? note({
            object: source,
            table: source,
            code: 'publication-columns',
            detail: `publication ${name} lists its columns: the new one is not sent`,
            hint: 'nothing to do, unless subscribers are to have it',
          })
        : unlessAccepted({
            object: source,
            table: source,
            code: 'publication',
            detail: `publication ${name} sends every column: subscribers without the new one stop`,
            hint: 'add the column at every subscriber first',
          }),
    ),
    ...triggers
      .filter(({ source }) => isAssigned(source))
      .map(({ source, name, kind, always }) =>
        maySilence && !always
          ? note({
              object: source,
              table: source,
              code: 'update-trigger',
              detail: `${kind} ${name} fires on updates: it is kept from firing while rows are assigned`,
              hint: 'nothing to do',
            })
          : unlessAccepted({
              object: source,
              table: source,
              code: 'update-trigger',
              detail: `${kind} ${name} would fire for every row that is assigned${always ? ': it always fires' : '; the login may not set session_replication_role'}`,
              hint: always
                ? `alter table ${source} enable trigger ${name}`
                : 'as a superuser: grant set on parameter session_replication_role to the login',
            }),
      ),
    ...views.map(({ source, name, kind, owner, invoker, strong }) =>
      note({
        object: name,
        table: source,
        code: 'view',
        detail: `${kind} of ${owner} over ${source}: it goes on with the columns it has; ${sight(kind, owner, invoker, strong)}`,
        hint: 'write it anew for the scoped tables, in the workspace',
      }),
    ),
    ...running.map(({ pid, user, minutes }) =>
      note({
        object: `pid ${pid}`,
        code: 'long-transaction',
        detail: `${user} has had a transaction open for ${minutes} minutes: indexes are built when it is over, not before`,
        hint: `see what it is: select * from pg_stat_activity where pid = ${pid}`,
      }),
    ),
  ]
}

const sight = (kind: string, owner: string, invoker: boolean, strong: boolean): string =>
  kind === 'materialized view'
    ? 'it holds rows of every organization, and no wall is around it'
    : invoker
      ? 'it reads with the rights of whoever asks, and keeps to the wall'
      : strong
        ? `it reads with the rights of ${owner}, whom no wall stops: whoever may read it sees every organization`
        : `it reads with the rights of ${owner}, and has none left after the last phase`

function ofSpace({ space: { indexes, rows, free } }: Scene): Hazard[] {
  const needed = indexes + rows
  const detail = `indexes led by the scope column need about ${megabytes(indexes)} MB${rows > 0 ? `, rows that are written anew up to ${megabytes(rows)} MB` : ''}, and the write-ahead log as much again on its way`
  if (free !== null && free < needed)
    return [
      unlessAccepted({
        object: 'disk',
        code: 'space',
        detail: `${detail}; ${megabytes(free)} MB are free where the server keeps its files`,
        hint: 'make room first',
      }),
    ]
  return free === null && needed > 0
    ? [
        note({
          object: 'disk',
          code: 'space',
          detail: `${detail}; what is free there cannot be seen from here`,
          hint: "see that the server's disk has that",
        }),
      ]
    : []
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1_048_576)

function ofStatements({ statements }: Scene, chosen: readonly Place[]): Hazard[] {
  if (chosen.length === 0) return []
  if (statements === null)
    return [
      note({
        object: 'pg_stat_statements',
        code: 'statements-unknown',
        detail:
          'cannot be read here, so nobody knows whether the application has a prepared "select *", "copy … from" without a column list, or "insert … select *": a new column breaks them',
        hint: 'create extension pg_stat_statements (in shared_preload_libraries; grant pg_read_all_stats to the login), let the application run, and inspect again; or search its code',
      }),
    ]
  return statements.map(({ source, how, calls, query }) => {
    const said = { object: source, table: source, detail: `${meaning[how]}; ${calls} calls of: ${query}` }
    return how === 'star'
      ? note({
          ...said,
          code: 'statement-star',
          hint: 'reconnect the application after the first phase, or let it name its columns',
        })
      : unlessAccepted({ ...said, code: 'statement-breaks', hint: 'let it name its columns first' })
  })
}

const meaning = {
  copy: '"copy … from" without a column list fails from the first phase on',
  insert: '"insert … select *" without a column list may fail or shift columns from the first phase on',
  star: 'a session that has it prepared gets one error ("cached plan must not change result type")',
} as const

/** A table that stays everybody's says something of the rows it refers to. */
const ofGlobals = ({ places, choices }: Scene): Hazard[] =>
  places.all
    .filter(({ source }) => !choices.get(source)?.scoped)
    .flatMap(({ source, table }) =>
      table.constraints.flatMap(({ name, references }) => {
        const to = references && places.find(`${references.schema}.${references.table}`)
        return to && choices.get(to.source)?.scoped
          ? [
              note({
                object: source,
                table: source,
                code: 'global-refers-to-scoped',
                detail: `stays everybody's, and its foreign key ${name} refers to ${to.source}, which does not`,
                hint: `scope it too: tables: { ${JSON.stringify(source)}: { scope: true } }`,
              }),
            ]
          : []
      }),
    )
