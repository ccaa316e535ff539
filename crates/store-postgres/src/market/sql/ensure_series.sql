insert into price_series (id, instrument_id, timeframe, timeframe_order, key_folded)
values ($1, $2, $3, $4, $5)
on conflict (instrument_id, timeframe_order) do nothing
