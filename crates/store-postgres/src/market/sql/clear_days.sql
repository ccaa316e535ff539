delete from reporting.daily_bar d
using unnest($2::integer[], $3::integer[]) as gone (first_day, last_day)
where d.series_id = $1
  and d.day between date '1970-01-01' + gone.first_day and date '1970-01-01' + gone.last_day
