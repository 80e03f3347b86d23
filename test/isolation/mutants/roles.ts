/** Roles that serve tenants, made stronger; and what only the owner may read, opened. */
import { ident } from '../../../src/postgres/identifiers.ts'
import type { Catalog } from '../catalog.ts'
import type { Probe } from '../probe.ts'
import type { System } from '../systems.ts'
import { authenticator, visitor } from '../world.ts'
import { type Mutant, named } from './mutant.ts'

export function roleGrants({ roles: all, core }: Catalog, { schema, old }: System): Mutant[] {
  const [first] = old
  const anything = () => true
  return [
    { name: 'visitor bypasses row security', sql: [`alter role ${visitor} bypassrls`], focus: anything },
    ...all
      .filter(role => /^rowhouse_/.test(role))
      .flatMap(role => [
        {
          name: `login may become ${role}`,
          sql: [`grant ${role} to ${authenticator}`],
          focus: named(/^role/),
        },
        ...(role === 'rowhouse_definer'
          ? []
          : [
              {
                name: `visitor is ${role}`,
                sql: [`grant ${role} to ${visitor}`],
                focus: named(/^role|: (no wall|drop wall|drop|row security off|set)/),
              },
            ]),
      ]),
    {
      name: 'visitor reads everything',
      sql: [`grant pg_read_all_data to ${visitor}`],
      focus: named(/^app_private.*: star|column password/),
    },
    {
      name: 'visitor sees statistics',
      sql: [`grant select on pg_statistic to ${visitor}`],
      focus: named(/^server/),
    },
    {
      name: 'temporary tables',
      sql: [
        `do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`,
      ],
      focus: named(/^object/),
    },
    {
      name: `tables in ${core.schema}`,
      sql: [`grant create on schema ${core.schema} to public`],
      focus: named(/^object/),
    },
    {
      name: 'the sealing key may be read',
      sql: [
        `grant usage on schema app_private to ${visitor}`,
        `grant select on app_private.context_keys to ${visitor}`,
      ],
      focus: named(/context_keys: /),
    },
    {
      name: 'find_login may be called',
      sql: [
        `grant usage on schema app_private to ${visitor}`,
        `grant execute on all functions in schema app_private to ${visitor}`,
      ],
      focus: named(/^function/),
    },
    {
      name: 'secrets may be read',
      sql: [
        `grant usage on schema app_private to public`,
        `grant select on app_private.user_secrets to public`,
      ],
      focus: named(/user_secrets/),
    },
    {
      name: 'sequences may be set',
      sql: [`grant update on all sequences in schema ${schema} to public`],
      undo: `select setval(format('%I.%I', schemaname, sequencename), 2000000) from pg_sequences where schemaname = '${schema}'`,
      focus: named(/^sequence/),
    },
    ...(first === undefined
      ? []
      : [
          {
            name: 'old schemas may be read',
            sql: old.flatMap(one => [
              `grant usage on schema ${ident(one)} to public`,
              `grant select on all tables in schema ${ident(one)} to public`,
            ]),
            focus: ({ table }: Probe) => table?.startsWith(`${ident(first)}.`) ?? false,
          },
        ]),
  ]
}
