insert into chandlery.strategy (name, version) values ('rise', 1);
insert into chandlery.strategy_version (name, version, document, digest, author, saved_at)
values ('rise', 1, '{"name": "rise"}', repeat('0', 64), 'local:ada', 0);
