/**
 * The API reads as if there were one tenant: takes the scope column out of what PostGraphile sees of the catalog.
 *
 * A tenant-owned table is one that carries the wall; its scope column is the one that the wall compares. Nothing
 * else is asked of a table, so one that a DBA adds is covered when it is protected, and needs no smart comment.
 * The column leaves the attributes, keys and foreign keys: `(organization_id, id)` becomes `id`. That is
 * sound because the wall leaves exactly one organization in sight, in which `id` alone is unique.
 *
 * The second net is laid here too: every select of such a table says `organization_id = $n` by itself. It does not
 * reach into the sub-selects that filters and orders over relations are made of, nor into updates, deletes and what
 * functions that write return: there the wall stands alone.
 */
import 'postgraphile'
import { TYPES } from 'postgraphile/@dataplan/pg'
import { context } from 'postgraphile/grafast'
import { gatherConfig } from 'postgraphile/graphile-build'
import type { Introspection } from 'postgraphile/graphile-build-pg/pg-introspection'
import { sql } from 'postgraphile/pg-sql2'
import { hideColumns, hideFunctions, hideScope } from '../hide.ts'
import { constraintColumns, type ScopeColumns, scopeColumns, ungrantedColumns } from '../scope.ts'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      ScopeColumnPlugin: true
    }
    interface GatherHelpers {
      rowhouseScope: Record<string, never>
    }
  }
}

/** @param constraints gets, by `schema.table.constraint`, the columns that the API knows of each */
export function scopeColumnPlugin(constraints: Map<string, readonly string[]>): GraphileConfig.Plugin {
  /** By introspection: each gather parses its own, so that a rebuilt schema sees the catalog anew. */
  const found = new WeakMap<Introspection, ScopeColumns>()

  return {
    name: 'ScopeColumnPlugin',
    description: 'Hides the scope column of tenant-owned tables and adds it to every select',
    // The constraints that smart comments add must be there when the columns go.
    after: ['PgFakeConstraintsPlugin', 'smart-tags'],
    gather: gatherConfig({
      namespace: 'rowhouseScope',
      helpers: {},
      hooks: {
        pgIntrospection_introspection(_info, { introspection }) {
          const columns = scopeColumns(introspection)
          found.set(introspection, columns)
          hideScope(introspection, columns)
          hideColumns(introspection, ungrantedColumns(introspection))
          hideFunctions(introspection)
          for (const [name, list] of constraintColumns(introspection)) constraints.set(name, list)
        },
        // A function has the options of the table whose rows it returns. In a mutation the net cannot be laid: a step
        // with side effects may not wait for one that comes after it, and planning fails.
        pgProcedures_PgResourceOptions(_info, { resourceOptions }) {
          if (resourceOptions.isMutation) resourceOptions.selectAuth = null
        },
        async pgTables_PgResourceOptions(info, { serviceName, pgClass, resourceOptions }) {
          const { introspection } = await info.helpers.pgIntrospection.getService(serviceName)
          const column = found.get(introspection)?.get(pgClass._id)
          if (column === undefined) return
          resourceOptions.selectAuth = $select => {
            const $organization = context().get('organizationId')
            const organization = $select.placeholder($organization, TYPES.uuid)
            $select.where(sql`${$select.alias}.${sql.identifier(column.name)} = ${organization}`)
          }
        },
      },
    }),
  }
}
