-- Tenants by the pattern of their names; a schema of the same shape that is called otherwise is none.
-- each: tenant_a, tenant_b, template
create table parcels (id integer primary key, label text);
insert into parcels values (1, :tenant);
