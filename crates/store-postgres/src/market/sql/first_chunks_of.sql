select chunk_id, first_time, last_time, bars, bytes, digest
from price_chunk
where series_id = $1 and version <= $2 and (retired_version is null or retired_version > $2)
  and last_time >= $3 and first_time <= $4
order by first_time
limit $5
