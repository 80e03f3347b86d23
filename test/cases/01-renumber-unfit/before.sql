-- A value that leads nowhere has no new id, and would come to lead somewhere else: that tenant stays, the others go.
-- each: one, two, three
create table orders (id int primary key);
create table notes (id int primary key, subject_type text, subject_id int, order_ids int[]);
insert into orders values (1), (2);
insert into notes values (1, 'order', 2, '{1,null,2}');
-- each: two
insert into notes values (2, 'order', 99);
-- each: three
insert into notes values (2, 'invoice', 1);
