select open, high, low, close, volume from reporting.daily_bar
where series_id = $1 and day = date '1970-01-01' + $2
