insert into series_head (series_id, version, bars, gaps, digest, bytes, updated_at, zone)
values ($1, 0, 0, 0, $2, 0, 0, $3)
on conflict (series_id) do nothing
