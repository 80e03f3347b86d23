-- Keys between columns that are collated differently: Postgres compares by the collation of the column that is referred to.
-- each: one, two
create table labels (code text collate "C" primary key, name text);
create table uses (id integer primary key, code text references labels, kind text collate "POSIX");
create table remarks (kind text collate "ucs_basic", about text collate "C" references labels on delete cascade);
create unique index uses_kind on uses (kind);
alter table uses add foreign key (kind) references labels;
alter table uses add constraint uses_kind_key unique using index uses_kind;
alter table remarks add foreign key (kind) references uses (kind);
insert into labels values ('a', 'A'), ('b', 'B');
insert into uses values (1, 'a', 'b'), (2, 'b', null);
insert into remarks values ('b', 'a'), (null, 'b');
-- each: two
alter table uses drop constraint uses_code_fkey;
insert into uses values (3, 'x', 'a');
insert into remarks values ('a', 'a');
alter table uses add foreign key (code) references labels not valid;
