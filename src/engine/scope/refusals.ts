/** What keeps a database from being scoped as it is: hazards that nobody accepted, names that are somebody's. Pure. */
import { RowhouseError } from '../../errors.ts'
import { coreRelations, hasCore, refuseHouseSchemas } from '../plan/refusals.ts'
import type { ScopeFound } from './inspect.ts'
import type { ScopeSpec } from './spec.ts'
import { isAccepted } from './verdict.ts'

/** @throws RowhouseError RH115 naming everything that blocks, RH125 where the core's names are taken */
export function refuseScope({ catalog, inspection }: ScopeFound, spec: ScopeSpec): void {
  const blocking = inspection.hazards.filter(
    hazard => hazard.blocks && hazard.code !== 'ways-disagree' && !isAccepted(spec.accept, hazard),
  )
  const [first] = blocking
  if (first !== undefined) {
    throw new RowhouseError('RH115', {
      message: `database "${inspection.database}" cannot be scoped as it is: ${blocking
        .map(({ code, object, detail }) => `${object} (${code}): ${detail}`)
        .join('; ')}`,
      hint: first.hint,
    })
  }
  if (hasCore(catalog)) return
  // A legacy `users` keeps its name: the core's goes beside it (usersSchemaOf).
  const named = [...catalog.tables, ...catalog.others].filter(
    ({ schema, name }) => schema === spec.coreSchema && coreRelations.has(name) && name !== 'users',
  )
  // A table may be there more than once, with how it is kept.
  const taken = [...new Set(named.map(({ name }) => name))]
  if (taken.length > 0) {
    throw new RowhouseError('RH125', {
      message: `core_schema "${spec.coreSchema}" has what the tenancy core would make there: ${taken.join(', ')}`,
      hint: 'choose another core_schema in the spec',
    })
  }
  refuseHouseSchemas(catalog)
}
