-- The legacy system never had these. By name: a drop that takes more than it names has no place in db/.

drop function sample.hash(bigint, bigint, text);
drop function sample.uuid(bigint, bigint, text, integer);
drop function sample.address(bigint, integer);
drop function sample.degrees(bigint, bigint, text, integer, integer);
drop function sample.note(text, bigint);
drop function sample.skill(bigint);
drop function sample.timezone(bigint);
drop function sample.last_name(bigint);
drop function sample.first_name(bigint);
drop function sample.moment(bigint, bigint, text, integer);
drop function sample.id_of(bigint);
drop function sample.roll(bigint, bigint, text, bigint);
drop view sample.tenant;
drop table sample.tenants;
drop schema sample;
