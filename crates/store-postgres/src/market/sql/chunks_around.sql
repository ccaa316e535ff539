select chunk_id, first_time, last_time, bars, bytes, digest
from price_chunk
where series_id = $1 and retired_version is null
  and first_time >= coalesce((
      select first_time from price_chunk
      where series_id = $1 and retired_version is null and first_time <= $2
      order by first_time desc offset $4 limit 1), -9223372036854775808)
  and first_time <= coalesce((
      select first_time from price_chunk
      where series_id = $1 and retired_version is null and first_time > $3
      order by first_time offset $4 - 1 limit 1), 9223372036854775807)
order by first_time
