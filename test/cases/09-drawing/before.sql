-- Columns that draw from a sequence and cannot be identity columns: they may be empty, are no whole numbers, or make a text
-- of the number. Each gets a sequence of its own, above every tenant's.
-- each: one, two, three
create sequence loose;
create sequence invoices start 500;
create domain positive as integer check (value > 0);
create table items (
  id integer primary key,
  opt integer default nextval('loose'),
  num numeric(12,2) not null default nextval('loose'),
  far double precision default nextval('loose'),
  tens integer not null default nextval('loose') * 10,
  "Label" text not null default 'INV-' || nextval('invoices'),
  code positive not null default nextval('loose'),
  list integer[] default array[nextval('loose')],
  small serial
);
alter table items alter column small drop not null;
insert into items (id) values (1), (2);
insert into items values (3, null, 12345.5, 'NaN', 10, '', 77, null, null);
insert into items values (4, null, -3, 'Infinity', 10, '', 77, null, null);
-- each: two
select setval('loose', 90000);
-- each: three
-- Empty there, and another text.
alter table items drop column opt;
alter table items alter column "Label" set default 'RE-' || nextval('invoices');
