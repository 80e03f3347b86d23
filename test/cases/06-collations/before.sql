-- Collations that every tenant has in its own schema: made alike they are one for all, and who has another one of the name
-- stays. One that nothing uses stays too.
-- each: one, two, three, four
create collation "mB" (provider = icu, locale = 'und-u-kn');
create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create collation unused (provider = libc, locale = 'C');
create domain sorted as text collate "mB";
create table artists (
  id integer primary key,
  name text collate "mB" not null,
  nick text collate blind unique,
  title sorted,
  plain text,
  constraint in_order check (name < 'zz9' collate "mB")
);
create index artists_plain on artists (plain collate "mB");
create view by_name as select id, name from artists order by plain collate "mB";
insert into artists values (1, 'a10', 'Ab' || :tenant, 'a', 'x'), (2, 'a9', 'cd' || :tenant, 'b', 'y');
-- each: two
comment on collation "mB" is 'there alone';
alter table artists add column more text collate blind;
update artists set more = 'M';
-- each: four
drop view by_name;
alter table artists drop column nick;
drop collation blind;
create collation blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
alter table artists add column nick text collate blind unique;
