insert into reporting.daily_bar (series_id, day, open, high, low, close, volume)
select $1, date '1970-01-01' + n.day, n.open, n.high, n.low, n.close, n.volume
from unnest($2::integer[], $3::double precision[], $4::double precision[], $5::double precision[],
            $6::double precision[], $7::double precision[]) as n (day, open, high, low, close, volume)
on conflict (series_id, day) do update
set open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume
