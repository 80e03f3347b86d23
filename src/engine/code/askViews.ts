/**
 * Whether views can be made anew from parts of tables: asked of Postgres, whose own parser says what a view's text needs. A view that
 * groups by a key alone, or names a system column, is a view of tables and of nothing else. Reads only, and no row.
 */
import type pg from 'pg'
import { qualified } from '../../postgres/identifiers.ts'
import { type OtherObject, readOnly } from '../catalog/catalog.ts'
import type { ViewAbout } from '../catalog/codeQueries.ts'
import { withoutSchema } from '../shapes/names.ts'
import { columnsOf, rewriteView } from './viewText.ts'

export type View = OtherObject & { readonly definition: string; readonly about: ViewAbout }

/** @param views one for each text @returns why not, by text; nothing for those that can */
export async function askViews(client: pg.ClientBase, views: readonly View[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const view of views) {
    const why = await readOnly(client, () => ask(client, view))
    if (why !== null) found.set(textOf(view), why)
  }
  return found
}

/** What two tenants' views are compared by. */
export const textOf = ({ definition, schema }: View): string => withoutSchema(definition, schema)

async function ask(client: pg.ClientBase, view: View): Promise<string | null> {
  const { text } = rewriteView(
    view.definition,
    view.schema,
    name => {
      const relation = view.about.relations.find(one => one.schema === view.schema && one.name === name)
      return relation
        ? `(select ${columnsOf(relation.columns, 't')} from ${qualified(view.schema, name)} t)`
        : null
    },
    object => qualified(view.schema, object),
  )
  try {
    const { fields } = await client.query(`select * from (\n${text}\n) v limit 0`)
    const same =
      fields.length === view.about.columns.length &&
      view.about.columns.every(
        ({ name, type }, at) => fields[at]?.name === name && fields[at]?.dataTypeID === type,
      )
    return same ? null : 'its columns become others'
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    // Lost connections and missing rights are no property of the view.
    if (code === undefined || /^(08|57|42501)/.test(code)) throw error
    return `it cannot be made of parts of tables: ${message}`
  }
}
