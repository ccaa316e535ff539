insert into chandlery.sweep (id, status, record) values ('00000000-0000-7000-8000-000000000004', 'failed', '{}');
