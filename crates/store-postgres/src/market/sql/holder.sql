select holder, version from series_pin where series_id = $1 order by holder, version limit 1
