/** How tenancy.json5 names the columns of the old user table, whichever kind of database it is about. */
import { z } from 'zod'

const name = z.string().min(1).max(63)

export const identityColumns = {
  email: name,
  password: name.nullable().optional(),
  name: z.array(name).optional(),
  active: name.nullable().optional(),
  owner: name.nullable().optional(),
  admin: name.nullable().optional(),
  since: name.nullable().optional(),
  operator: name.nullable().optional(),
}
