-- A unique index that a failed "create index concurrently" left in the first tenant is none: the others' rule stands.
-- each: a, b, c
create table items (id integer primary key, code text);
create unique index items_code on items (code);
insert into items values (1, 'x'), (2, 'y');
-- once
update pg_index set indisvalid = false where indexrelid = 'a.items_code'::regclass;
