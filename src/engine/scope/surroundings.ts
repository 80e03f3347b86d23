/**
 * What is tied to the chosen tables besides their rows: rights, policies, triggers, views, publications, who is
 * connected. Reads; one query of each kind, whatever the number of tables.
 */
import type pg from 'pg'
import { literal, qualified } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog/catalog.ts'
import type { Place } from './places.ts'
import type { Grant } from './plan.ts'

export type Owned<T> = T & { readonly source: string }

export type Surroundings = {
  readonly grants: readonly Owned<Grant>[]
  readonly security: readonly Owned<{ readonly enabled: boolean; readonly policies: readonly string[] }>[]
  /** Triggers and rules of the application that an update of the row fires. */
  readonly triggers: readonly Owned<{
    readonly name: string
    readonly kind: string
    readonly always: boolean
  }>[]
  readonly views: readonly Owned<{
    readonly name: string
    readonly kind: string
    readonly owner: string
    /** Reads with the rights of whoever asks. */
    readonly invoker: boolean
    readonly strong: boolean
  }>[]
  readonly publications: readonly Owned<{ readonly name: string; readonly listed: boolean }>[]
  /** Sorted by name. */
  readonly access: readonly { readonly role: string; readonly why: string }[]
  /** Whether the login may keep the application's triggers from firing. */
  readonly maySilence: boolean
  readonly running: readonly { readonly pid: number; readonly user: string; readonly minutes: number }[]
}

/** @param grantsOf every table of the customer's: rights are kept for whatever is chosen later */
export async function readSurroundings(
  client: pg.ClientBase,
  grantsOf: readonly Place[],
  chosen: readonly Place[],
): Promise<Surroundings> {
  const list = (places: readonly Place[]) =>
    `with ours (relation, source) as (select to_regclass(p.name)::oid, p.source from (values ${[
      ...places.map(
        ({ source, table }) => `(${literal(qualified(table.schema, table.name))}, ${literal(source)})`,
      ),
      '(null::text, null::text)',
    ].join(', ')}) p (name, source) where p.name is not null)`
  return readOnly(client, async () => {
    const rows = async <T>(text: string): Promise<T[]> => (await client.query(text)).rows as T[]
    const [about] = await rows<Pick<Surroundings, 'maySilence' | 'running'>>(aboutQuery)
    return {
      grants: await rows(`${list(grantsOf)} ${grantsQuery}`),
      security: await rows(`${list(chosen)} ${securityQuery}`),
      triggers: await rows(`${list(chosen)} ${triggersQuery}`),
      views: await rows(`${list(chosen).replace('with ', 'with recursive ')} ${viewsQuery}`),
      publications: await rows(`${list(chosen)} ${publicationsQuery}`),
      access: await rows(`${list(chosen)} ${accessQuery}`),
      maySilence: about?.maySilence ?? false,
      running: about?.running ?? [],
    }
  })
}

/** The owner's own rights come with the table. */
const grantsQuery = `select o.source, case when g.grantee = 0 then 'PUBLIC' else pg_get_userbyid(g.grantee)::text end as grantee,
  lower(g.privilege_type) as privilege, g.column, g.is_grantable as grantable
from ours o join pg_class c on c.oid = o.relation cross join lateral (
  select x.grantee, x.privilege_type, null::text as column, x.is_grantable from aclexplode(c.relacl) x
  union all
  select x.grantee, x.privilege_type, a.attname::text, x.is_grantable
  from pg_attribute a cross join lateral aclexplode(a.attacl) x
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
) g where g.grantee <> c.relowner order by 1, 2, 4 nulls first, 3`

const securityQuery = `select o.source, c.relrowsecurity or c.relforcerowsecurity as enabled,
  array(select p.polname::text from pg_policy p where p.polrelid = c.oid order by 1) as policies
from ours o join pg_class c on c.oid = o.relation
where c.relrowsecurity or c.relforcerowsecurity or exists (select from pg_policy p where p.polrelid = c.oid) order by 1`

/** What fires for named columns only does not fire: the scope column is none of them. */
const triggersQuery = `select o.source, t.tgname::text as name, 'trigger' as kind, t.tgenabled = 'A' as always
from ours o join pg_trigger t on t.tgrelid = o.relation
where not t.tgisinternal and t.tgtype & 16 <> 0 and t.tgenabled in ('O', 'A') and coalesce(array_length(t.tgattr, 1), 0) = 0
union all
select o.source, r.rulename::text, 'rule', r.ev_enabled = 'A'
from ours o join pg_rewrite r on r.ev_class = o.relation
where r.ev_type = '2' and r.ev_enabled in ('O', 'A')
order by 1, 2`

/** Views of views too. */
const viewsQuery = `, reads (view, source) as (
  select r.ev_class, o.source from ours o join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = o.relation
    and d.classid = 'pg_rewrite'::regclass join pg_rewrite r on r.oid = d.objid
  union
  select r.ev_class, s.source from reads s join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = s.view
    and d.classid = 'pg_rewrite'::regclass join pg_rewrite r on r.oid = d.objid
)
select s.source, quote_ident(n.nspname) || '.' || quote_ident(v.relname) as name,
  case v.relkind when 'm' then 'materialized view' else 'view' end as kind, pg_get_userbyid(v.relowner)::text as owner,
  coalesce(v.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false) as invoker,
  w.rolsuper or w.rolbypassrls as strong
from reads s join pg_class v on v.oid = s.view join pg_namespace n on n.oid = v.relnamespace join pg_roles w on w.oid = v.relowner
where v.relkind in ('v', 'm') order by 1, 2`

const publicationsQuery = `select o.source, p.pubname::text as name, coalesce(r.prattrs is not null, false) as listed
from ours o join pg_class c on c.oid = o.relation join pg_namespace n on n.oid = c.relnamespace
join pg_publication_tables t on t.schemaname = n.nspname and t.tablename = c.relname
join pg_publication p on p.pubname = t.pubname
left join pg_publication_rel r on r.prpubid = p.oid and r.prrelid = c.oid
order by 1, 2`

/**
 * Who lives on these tables: by a right of its own, as owner, through Postgres' roles that read or write everything,
 * or because it is connected now. Where PUBLIC has rights, everybody who may connect. A superuser sees all anyhow, and
 * is told only for what it owns or does.
 */
const accessQuery = `, rights as (
  select o.source, c.relowner as owner, g.grantee from ours o join pg_class c on c.oid = o.relation
  left join lateral (
    select x.grantee from aclexplode(c.relacl) x
    union
    select x.grantee from pg_attribute a cross join lateral aclexplode(a.attacl) x
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) g on g.grantee <> c.relowner
), found (role, place, why) as (
  select owner, 1, 'owns ' || string_agg(distinct source, ', ' order by source) from rights group by 1
  union all
  select grantee, 2, 'has rights on ' || string_agg(distinct source, ', ' order by source)
  from rights where grantee <> 0 group by 1
  union all
  select r.oid, 3, 'a member of ' || all_of.name from pg_roles r, (values ('pg_read_all_data'), ('pg_write_all_data')) as all_of (name)
  where not r.rolsuper and pg_has_role(r.oid, all_of.name, 'member') and exists (select from ours)
  union all
  select a.usesysid, 4, 'is connected' from pg_stat_activity a
  where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()
    and a.application_name not like 'rowhouse %' and exists (select from ours)
  group by 1
  union all
  select r.oid, 5, 'may log in, and everybody has rights' from pg_roles r
  where r.rolcanlogin and not r.rolsuper and has_database_privilege(r.oid, current_database(), 'connect')
    and exists (select from rights where grantee = 0)
)
select r.rolname::text as role, string_agg(distinct f.why, '; ') as why
from found f join pg_roles r on r.oid = f.role
where r.rolname not like 'pg\\_%' group by 1 order by 1`

const aboutQuery = `select
  (select rolsuper from pg_roles where rolname = current_user) or has_parameter_privilege('session_replication_role', 'set') as "maySilence",
  coalesce((select json_agg(json_build_object('pid', pid, 'user', usename, 'minutes', round(extract(epoch from now() - xact_start) / 60)) order by pid)
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and now() - xact_start > interval '5 minutes'), '[]') as running`
