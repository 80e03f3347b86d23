import { render, storedPlan } from '../engine/apply/render.ts'
import { bringsRows, describe, lockOf, stepOf } from '../engine/operations/index.ts'
import type { Plan } from '../engine/plan/plan.ts'
import { type Prepared, prepare } from '../engine/plan/prepare.ts'
import { withEnds } from '../engine/plan/source.ts'
import { rolesOf } from '../postgres/roles.ts'
import { type Command, withSpec } from './command.ts'
import { decided } from './decided.ts'
import { from } from './from.ts'

export const plan: Command = {
  name: 'plan',
  summary: 'show what apply would do',
  description:
    'Reads only. With --sql it prints every statement that apply sends; psql makes the same database of it.',
  options: [from, { flags: '--sql', description: 'print the SQL' }],
  examples: [
    'rowhouse plan --database postgres://localhost/hr_legacy --spec tenancy.json5',
    'rowhouse plan --database postgres://localhost/hr_legacy --sql > fold.sql',
    'rowhouse plan --from postgres://old.example/hr_legacy --database postgres://localhost/hr --sql > fold.sql',
  ],
  async run(context, options) {
    const file = await decided(context)
    const roles = rolesOf(context.config.rolePrefix)
    const prepared = await withEnds(await context.database(), context.from(), (client, source) =>
      prepare(client, file, roles, context.spec, source),
    )
    if (prepared.stage === 'applied')
      context.say(`plan ${prepared.plan.id} was applied already; this is what it did`)
    if (prepared.stage === 'unfinished')
      context.say(`plan ${prepared.plan.id} is unfinished; apply continues it`)
    if (options.sql === true && !context.json) context.result(null, render(prepared.plan).trimEnd())
    else
      context.result(
        options.sql === true ? { sql: render(prepared.plan) } : storedPlan(prepared.plan),
        asText(prepared.plan, next[prepared.stage](context.spec)),
      )
    return 0
  },
}

const next: Record<Prepared['stage'], (spec: string | undefined) => string> = {
  new: spec =>
    `${withSpec('rowhouse plan --sql', spec)} to read the statements, ${withSpec('rowhouse apply', spec)} to run them`,
  unfinished: () => 'rowhouse apply, which goes on where it was',
  applied: () => 'rowhouse verify',
}

function asText(made: Plan, then: string): string {
  const names = made.tables.map(table => `${table.source} → ${table.target.schema}.${table.target.name}`)
  return [
    `plan ${made.id}: ${made.organizations.length} organizations, ${made.tables.length} tables, ${made.operations.length} steps`,
    '',
    ...names.map(name => `  ${name}`),
    ...made.blocked.map(({ schema, reason }) => `  left out for now: ${schema}: ${reason}`),
    '',
    ...made.operations.map(
      (operation, index) =>
        `${String(index + 1).padStart(4)}  ${describe(operation, made)}${bringsRows(operation) ? '' : `  [${stepOf(operation).split(' ')[0]}; lock: ${lockOf(operation)}]`}`,
    ),
    '',
    `next: ${then}`,
  ].join('\n')
}
