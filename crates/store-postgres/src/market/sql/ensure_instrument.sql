insert into instrument
    (id, venue, symbol, venue_folded, symbol_folded, asset_class, zone, sessions_per_year, allows_nonpositive)
values ($1, $2, $3, $4, $5, $6, $7, $8, false)
on conflict do nothing
