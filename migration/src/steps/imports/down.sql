drop table import;
