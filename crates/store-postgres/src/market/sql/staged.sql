select time, open, high, low, close, volume from staged_chunk where staging_id = $1 and chunk_id = $2
