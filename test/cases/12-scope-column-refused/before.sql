-- What the spec says is not changed in silence.
-- each: one, two
create table contacts (id integer primary key, organization_id integer, note text);
create table notes (id integer primary key, organization_id integer);
