select chunk_id, first_time, last_time, bars, bytes, digest, version, retired_version, runs
from price_chunk where series_id = $1 order by first_time, chunk_id
