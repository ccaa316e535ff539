insert into backtest_input (backtest_id, number, series_id, version, digest)
select $1, n.number, n.series_id, n.version, n.digest
from unnest($2::uuid[], $3::bigint[], $4::bytea[]) with ordinality as n (series_id, version, digest, number)
