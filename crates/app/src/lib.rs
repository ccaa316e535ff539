//! Use cases that span ports: import, export, revert, verify, sample data.
