insert into equity_chunk (backtest_id, first_time, points, time, equity)
select $1, n.* from unnest($2::bigint[], $3::integer[], $4::bytea[], $5::bytea[]) as n
