//! The store on plain files: Parquet chunks, a journal a series and JSON documents under one root.
