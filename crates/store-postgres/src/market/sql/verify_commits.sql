select version, bars, digest from price_commit where series_id = $1 order by version
