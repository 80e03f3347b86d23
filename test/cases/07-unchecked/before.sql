-- Checks that were added for new rows only: where most never held them against the old ones, nobody is asked.
-- each: one, two, three
create table items (id integer primary key, price integer, weight integer);
insert into items values (1, -5, 1), (2, 5, null);
alter table items add constraint items_price check (price > 0) not valid;
alter table items add constraint items_weight check (weight is not null) no inherit not valid;
create table boxes (id integer primary key, size integer);
insert into boxes values (1, 1);
-- each: one, two
alter table boxes add constraint boxes_size check (size > 0);
-- each: three
alter table boxes add constraint boxes_size check (size > 0) not valid;
