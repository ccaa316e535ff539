drop table staged_chunk;
drop table price_chunk;
