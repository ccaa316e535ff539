insert into chandlery.instrument values
    ('00000000-0000-7000-8000-000000000001', 'X', 'A', 'x', 'a', 'unknown', null, 'UTC', 252, false);
insert into chandlery.price_series values
    ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', '1d', 12884901889, 'x:a/1d');
insert into chandlery.price_commit
    (series_id, version, kind, author, inserted, changed, deleted, bars, digest, committed_at)
values ('00000000-0000-7000-8000-000000000002', 1, 'upsert', 'local:ada', 1, 0, 0, 1, decode(repeat('00', 16), 'hex'), 0);
