-- Names that need care: quoted, upper case, reserved, as long as they can be, in schemas with quotes and letters of the world.
-- each: Plain, with " quote, größe
create table "Order" ("select" integer primary key, "Naïve Café" text, "a""b" text check ("a""b" <> 'x'));
create table "organizations" (id integer primary key, "user" text);
create table "n23456789012345678901234567890123456789012345678901234567890123" (id integer primary key, "c23456789012345678901234567890123456789012345678901234567890123" text);
create index on "n23456789012345678901234567890123456789012345678901234567890123" ("c23456789012345678901234567890123456789012345678901234567890123");
create type "Mood" as enum ('It''s', 'back\slash');
alter table "Order" add column mood "Mood" default 'It''s';
insert into "Order" values (1, :tenant, 'y');
insert into organizations values (1, 'me');
