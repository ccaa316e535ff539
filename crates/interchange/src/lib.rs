//! Bars to and from bytes: CSV dialects, JSON, Arrow IPC and Parquet, streaming; no storage.
