/** Whether a finance sample adds up, as books do: one sentence per tenant and rule that is broken. */
import type pg from 'pg'
import { ident } from '../../src/postgres/identifiers.ts'

/** With every schema in turn as the search path. */
export async function inEach(
  of: pg.Client,
  schemas: readonly string[],
  look: (schema: string) => Promise<void>,
) {
  for (const schema of schemas) {
    await of.query(`select set_config('search_path', $1, false)`, [ident(schema)])
    await look(schema)
  }
  await of.query('reset search_path')
}

/** Each finds what does not add up. */
const inconsistent: Record<string, string> = {
  'a journal entry out of balance':
    'select from journal_lines group by journal_entry_id having sum(amount) <> 0 or count(*) not in (2, 4)',
  'a journal entry without lines':
    'select from journal_entries as e where not exists (select from journal_lines where journal_entry_id = e.id)',
  'an issued invoice that is not in the journal': `select from invoices as i left join journal_entries as e on e.id = i.journal_entry_id
    where i.status <> 'draft' and e.invoice_id is distinct from i.id`,
  'a receivable of another amount': `select from invoices as i join journal_lines as l using (journal_entry_id)
    where l.debit is not null and l.customer_id is not null and (l.debit <> i.total or l.customer_id <> i.customer_id)`,
  'an invoice that is not its lines':
    'select from invoices as i where total is distinct from (select sum(l.total) from invoice_lines as l where l.invoice_id = i.id)',
  'a sales order that is not its lines':
    'select from sales_orders as o where total is distinct from (select sum(l.total) from sales_order_lines as l where l.sales_order_id = o.id)',
  'a purchase order that is not its lines':
    'select from purchase_orders as o where total is distinct from (select sum(l.total) from purchase_order_lines as l where l.purchase_order_id = o.id)',
  'a quote that is not its lines': `select from quotes
    where total is distinct from (select sum((one ->> 'amount')::numeric) from jsonb_array_elements(lines) as one)`,
  'an order of another customer than its quote':
    'select from sales_orders as o join quotes as q on q.id = o.quote_id where q.customer_id <> o.customer_id',
  'a status that the payments do not show': `select from invoices as i
    cross join lateral (select coalesce(sum(amount), 0) as paid, count(*) as payments from payments where invoice_id = i.id) as p
    where not case i.status
      when 'paid' then paid = total
      when 'part paid' then paid > 0 and paid < total
      when 'void' then paid = 0
      else payments = 0
    end`,
  'a return of another amount':
    'select from payments as r join payments as p on p.id = r.returns_id where r.amount <> -p.amount or r.invoice_id <> p.invoice_id',
  'a stock level that is not its movements': `select from stock_levels as l where quantity is distinct from
    (select sum(m.quantity) from stock_movements as m where (m.product_id, m.warehouse) = (l.product_id, l.warehouse))`,
  'a statement that is not its transactions': `select from bank_statements as s
    where closing_balance - opening_balance is distinct from (select sum(amount) from bank_transactions where statement_id = s.id)`,
  'a statement that does not begin where the last one ended':
    'select from bank_statements as s join bank_statements as p on p.id = s.previous_id where s.opening_balance <> p.closing_balance or s.bank_account_id <> p.bank_account_id',
  'a transaction of another account than its statement':
    'select from bank_transactions as t join bank_statements as s on s.id = t.statement_id where s.bank_account_id <> t.bank_account_id',
  'a booking of another amount than the bank’s': `select from bank_transactions as t join journal_lines as l using (journal_entry_id)
    where abs(l.amount) <> abs(t.amount)`,
  'a reversal that does not reverse': `select from journal_entries as e where reverses_id is not null and exists (
    select account_id, position, amount from journal_lines where journal_entry_id = e.id
    except select account_id, position, -amount from journal_lines where journal_entry_id = e.reverses_id)`,
  'a reconciliation of another balance':
    'select from bank_reconciliations as r join bank_statements as s on s.id = r.bank_statement_id where r.statement_balance <> s.closing_balance',
  'a subject that is not there': `select from ai_processing_jobs where not case subject_type
      when 'Invoice' then subject_id in (select id from invoices)
      when 'BankTransaction' then subject_id in (select id from bank_transactions)
      else subject_id in (select id from vendors)
    end`,
}

export async function inconsistencies(of: pg.Client, schemas: readonly string[]): Promise<string[]> {
  const found: string[] = []
  await inEach(of, schemas, async schema => {
    for (const [what, sql] of Object.entries(inconsistent)) {
      if ((await of.query(sql)).rowCount) found.push(`${schema}: ${what}`)
    }
  })
  return found
}
