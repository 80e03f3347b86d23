-- What 016_amounts.sql made.

drop function sample.balance(bigint, bigint, bigint, bigint);
drop function sample.iban(bigint, text);
drop function sample.template_id(bigint);
drop function sample.lines(bigint);
drop function sample.unit_price(numeric, integer, integer);
drop function sample.line_sign(integer);
drop function sample.amount(bigint, bigint, text, bigint);
