insert into chandlery.backtest (id, status, author, created_at, tags, folded, record)
values ('00000000-0000-7000-8000-000000000003', 'failed', 'local:ada', 0, '{}', '{}', '{}');
