/**
 * Canaries: how every text and number of a sample's tenant is recognised as that tenant's, so that a leak test can
 * look for the others' in any answer, error or log. The scheme is described in db/samples/README.md and made by the
 * SQL there; a test keeps the three equal.
 */

export type Canary = {
  /** In every text: `cnry-0007-`. */
  readonly word: string
  /** Finds this tenant's word, in any case. */
  readonly pattern: RegExp
  /** Finds the word of any other tenant; what belongs to several (`cnry-many`) is not another's. */
  readonly othersPattern: RegExp
  /** Every integer, bigint and numeric that is neither a key nor listed in `withoutCanary`: from ≤ |value| < below. */
  readonly numbers: Range
  /** The same for smallint, too narrow for one range each: tenants 300 apart share one. */
  readonly smallNumbers: Range
  /** The microseconds of every finite timestamp, time and interval but 24:00. */
  readonly microseconds: number
  /**
   * The last four of the six decimals of every numeric that has six, and of every double precision that is finite:
   * degrees, days, shares and grades, which are too small for `numbers`.
   */
  readonly decimals: number
  /** How every uuid begins, also one that is a text or stands in json: `cafe0007-`. */
  readonly uuid: string
  /** Every inet is in the first or in the second. */
  readonly networks: readonly [v4: string, v6: string]
  /** How every bytea that is not empty begins, in hexadecimal digits: the word's bytes. */
  readonly hex: string
}

export type Range = { readonly from: number; readonly below: number }

/** Beyond, an integer has no room for the tenant's range of numbers. */
export const maximumTenants = 2_146

/** The canary of tenant `no`, counted from 1. Pure. */
export function canaryOf(no: number): Canary {
  const digits = String(no).padStart(4, '0')
  const small = (no % 300) * 100
  return {
    word: `cnry-${digits}-`,
    pattern: new RegExp(`cnry-${digits}-`, 'i'),
    othersPattern: new RegExp(`cnry-(?!${digits}-)\\d{4}-`, 'i'),
    numbers: { from: no * 1_000_000, below: (no + 1) * 1_000_000 },
    smallNumbers: { from: small, below: small + 100 },
    microseconds: no,
    decimals: no,
    uuid: `cafe${digits}-`,
    networks: [`10.${no >> 8}.${no & 255}.0/24`, `fd00:cafe::${no.toString(16)}:0:0/96`],
    hex: Buffer.from(`cnry-${digits}-`).toString('hex'),
  }
}

/**
 * Columns that cannot carry one, as `table.column` or `table.*`: words and numbers of a fixed vocabulary, the same in
 * every tenant. Booleans, dates, enum types, and keys (which collide on purpose) carry none either.
 */
export const withoutCanary: readonly string[] = [
  'django_migrations.*',
  'django_content_type.*',
  'employees_employee.employment_type',
  'employees_employee.timezone',
  'employees_location.country_code',
  'employees_location.timezone',
  'employees_employee_address.kind',
  'employees_employee_address.country_code',
  'employees_bank_account.currency',
  'employees_emergency_contact.relationship',
  'payroll_employee_salary.currency',
  'payroll_employee_salary.frequency',
  'payroll_payroll_run.kind',
  'payroll_payroll_run.status',
  'payroll_payslip.currency',
  'payroll_payroll_component.code',
  'payroll_payroll_component.kind',
  'attendance_shift.weekdays',
  'attendance_holiday.recurrence',
  'attendance_attendance_record.status',
  'attendance_attendance_record.source',
  'leave_leave_policy.accrual',
  'leave_leave_balance.year',
  'leave_leave_request.half_day',
  'leave_leave_request.status',
  'performance_kpi.direction',
  'performance_goal.status',
  'performance_performance_review.kind',
  'performance_performance_review.status',
  'recruitment_job_posting.employment_type',
  'recruitment_job_posting.status',
  'recruitment_candidate.source',
  'recruitment_application.status',
  // Ids of employees, without a foreign key.
  'recruitment_application.interviewer_ids',

  'accounts.currency',
  'customers.currency',
  'sales_orders.currency',
  'purchase_orders.currency',
  'invoices.currency',
  'quotes.status',
  'bank_reconciliations.state',
  'ai_processing_jobs.subject_type',
  // A difference of two times that carry it.
  'ai_processing_jobs.duration',
  // Ids of accounts, which every tenant has from the same template.
  'reports.account_ids',

  'alembic_version.*',
  'currencies.*',
  'users.role',
  'products.category',
  'sellout_entries2.year',
  'sellout_entries2.month',
  'processing_logs.stage',
  'processing_logs.level',
  'transform_logs.rule',
  // Ids of entries and of users, without a foreign key.
  'transform_logs.entry_id',
  'email_logs.user_id',
  'email_logs.template',
  'email_logs.status',
]

/** Whole texts that break naive tools, and would not when something were added to them; the empty text is one. */
export const nastyConstants: readonly string[] = ['', ' ', 'NULL', '\\N', '\\.', '{}', '{NULL,"x"}']

/** E-mail of the person who has a login in every tenant (compare in lower case): belongs to no single one. */
export const sharedEmail = 'accountant@office.cnry-many.example'
