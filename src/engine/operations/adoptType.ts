/** A type that is there, and is what the plan would have made. */
import { createType } from './createType.ts'
import type { OperationType } from './operation.ts'

export type AdoptType = { readonly kind: 'adopt_type'; readonly name: string }

export const adoptType: OperationType<AdoptType> = Object.freeze({
  describe: (op, plan) =>
    `adopt type ${createType.object({ ...op, kind: 'create_type' }, plan)}, which is there and fits`,
  object: (op, plan) => createType.object({ ...op, kind: 'create_type' }, plan),
  up: () => [],
  down: () => [],
  verify: (op, plan) => createType.verify({ ...op, kind: 'create_type' }, plan),
  lock: 'none',
})
