/** The functions that walls and doors ask, with one of their checks taken out. */
import type pg from 'pg'
import type { Role } from '../house.ts'
import type { Probe } from '../probe.ts'
import { type Mutant, named } from './mutant.ts'

/** Every check of every function that the walls and doors rely on, taken out. */
export async function checks(admin: pg.Client): Promise<Mutant[]> {
  const context = named(/^context|no context$/)
  const cut = async (
    routine: string,
    what: string,
    from: RegExp,
    to: string,
    focus: (probe: Probe) => boolean,
    role?: Role,
  ): Promise<Mutant> => {
    const { rows } = await admin.query<{ text: string }>('select pg_get_functiondef($1::regproc) as text', [
      routine,
    ])
    const text = rows[0]?.text ?? ''
    const changed = text.replace(from, to)
    if (changed === text) throw new Error(`${routine} has no ${what} to take out: ${from}`)
    return { name: `${routine}: ${what}`, sql: [changed], focus, ...(role === undefined ? {} : { role }) }
  }
  const wall = 'app_hidden.current_organization_id'
  const writes = (probe: Probe) => probe.table !== undefined && /: (update|insert|delete)/.test(probe.name)
  return [
    await cut(
      wall,
      'no check that there is a context',
      /if claimed_user is null [^;]*? then/,
      'if false then',
      context,
    ),
    await cut(wall, 'no check of the seal', /if not exists \(/, 'if false and not exists (', context),
    await cut(wall, 'no check of the expiry', /if to_timestamp\(/, 'if false and to_timestamp(', context),
    await cut(wall, 'no check of the membership', /if membership_is_active is not true/, 'if false', context),
    await cut(
      wall,
      'no check that the user is active',
      /m\.is_active and u\.is_active/,
      'm.is_active',
      context,
    ),
    await cut(
      wall,
      'no check that the membership is active',
      /m\.is_active and u\.is_active/,
      'u.is_active',
      context,
    ),
    await cut(
      wall,
      'no check of the organization',
      /if organization_is_active is not true/,
      'if false',
      context,
    ),
    await cut(
      'app_hidden.current_user_id',
      'believes the setting',
      /perform app_hidden\.current_organization_id\(\);/,
      '',
      context,
    ),
    await cut(
      'app_hidden.enter_context',
      'does not check',
      /return app_hidden[^;]*;/,
      'return organization_id::uuid;',
      context,
    ),
    await cut(
      'app_hidden.can_write',
      'everybody',
      /return app_hidden[^;]*;/,
      'return true;',
      writes,
      'viewer',
    ),
    await cut(
      'app_hidden.can_administer',
      'everybody',
      /return app_hidden[^;]*;/,
      'return true;',
      writes,
      'member',
    ),
    await cut(
      'app_hidden.current_member_role',
      'of any organization',
      /m\.organization_id = organization and (.*)/,
      // The one that is more, for who has two.
      '$1 order by m.role limit 1',
      probe => writes(probe) || /current_member_role/.test(probe.name),
      'viewer',
    ),
    await cut(
      'app_private.begin_operation',
      'anybody is an operator',
      /if not exists \(/,
      'if false and not exists (',
      named(/operator_/),
    ),
    await cut(
      'app_public.get_user_organization_id',
      'of anybody',
      /and u\.organization_id = \([^)]*\(\)\)/,
      '',
      named(/get_user_organization_id/),
    ),
    await cut(
      'app_public.validate_client_access',
      'of anybody',
      /and m\.organization_id = \([^)]*\(\)\)/,
      '',
      named(/validate_client_access/),
    ),
  ]
}
