insert into staged_chunk (staging_id, chunk_id, time, open, high, low, close, volume)
values ($1, $2, $3, $4, $5, $6, $7, $8)
