-- A unique index over some rows that two tenants lack: asked of their rows, and only who has two alike stays.
-- each: one, two, three, four, five, six
create table coupons (id integer primary key, code text, " WHERE it is" text, deleted boolean not null default false);
create unique index coupons_live on coupons (code, " WHERE it is") where not deleted and code <> ' WHERE ';
insert into coupons values (1, :tenant, 'a', false), (2, 'x', 'a', true), (3, 'x', 'a', true), (4, null, 'a', false);
-- each: five, six
drop index coupons_live;
-- each: six
insert into coupons values (5, 'y', 'a'), (6, 'y', 'a');
