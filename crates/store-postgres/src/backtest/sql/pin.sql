insert into series_pin (series_id, version, holder)
select n.series_id, n.version, $1
from unnest($2::uuid[], $3::bigint[]) as n (series_id, version)
on conflict do nothing
