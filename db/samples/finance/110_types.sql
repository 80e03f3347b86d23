-- Types of the tenant's own schema: the same names and labels in every tenant, and yet other types. Labels are not in
-- the order of the alphabet, and some need quotes.

create type account_kind as enum ('asset', 'liability', 'equity', 'income', 'expense');
create type invoice_status as enum ('draft', 'sent', 'part paid', 'paid', 'can''t be collected', 'void');
create type order_status as enum ('draft', 'confirmed', 'shipped', 'cancelled');
create type payment_method as enum ('bank transfer', 'card', 'Cash', 'crypto ₿');
create type entry_source as enum ('manual', 'invoice', 'bank', 'reversal');
create type movement_reason as enum ('opening', 'shipment', 'receipt', 'correction');
create type member_role as enum ('viewer', 'bookkeeper', 'admin', 'owner');
create type integration_scope as enum ('read:accounts', 'read:transactions', 'write:payments');
create type report_period as enum ('month', 'quarter', 'year');
create type device_platform as enum ('ios', 'android', 'web');
create type job_state as enum ('queued', 'running', 'done', 'failed');

create domain currency_code as character(3) constraint currency_code_form check (value ~ '^[A-Z]{3}$');
create domain iban as text constraint iban_form check (value ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9-]{10,30}$');

create type postal_address as (street text, postcode text, city text);

comment on type invoice_status is 'Where an invoice stands; later ones are further';
comment on domain iban is 'An account number, without spaces';
