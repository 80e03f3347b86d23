/** Whose a row of the sell-out sample is, found along its references as somebody who scopes it would have to. */
import { maximumTenants } from '../../src/engine/sample/canary.ts'
import { sampleTenant } from '../../src/engine/sample/sample.ts'

/** The number whose canary is in what belongs to no company. */
export const nobody = maximumTenants

/** Whoever a sample of so many companies has: they, and nobody. */
export const ownersOf = (companies: number): readonly { no: number; name: string }[] => [
  ...Array.from({ length: companies }, (_, index) => ({
    no: index + 1,
    name: sampleTenant(index + 1).schema,
  })),
  { no: nobody, name: 'nobody' },
]

/** A company's number stands in what people typed as its name. */
const named = (company: string) => `coalesce(substring(${company} from 'cnry-(\\d{4})-')::integer, ${nobody})`
const ofUser = (id: string) => `(select ${named('u.company')} from public.users as u where u.id = ${id})`
const ofUpload = (id: string) => `(select ${ofUser('f.user_id')} from public.uploads as f where f.id = ${id})`

/** Table → SQL for the number of the owner of row `t`; every table that belongs to companies. */
export const owners: Readonly<Record<string, string>> = {
  users: named('t.company'),
  email_domains: named('t.company'),
  products: `coalesce(${ofUser('t.created_by_id')}, ${nobody})`,
  uploads: ofUser('t.user_id'),
  sellout_entries2: ofUser('t.user_id'),
  processing_logs: ofUpload('t.upload_id'),
  transform_logs: `coalesce(${ofUpload('t.upload_id')}, ${nobody})`,
  email_logs: `coalesce(${ofUser('t.user_id')},
    (select ${named('u.company')} from public.users as u where lower(u.email) = lower(t.recipient)), ${nobody})`,
}

/** The other path to the owner of an entry. */
export const ownerByUpload = ofUpload('t.upload_id')

/** True for the rows of one owner; for tables that are nobody's in particular, for all. */
export const ownRows = (no: number) => (table: string) =>
  owners[table] === undefined ? 'true' : `${owners[table]} = ${no}`
