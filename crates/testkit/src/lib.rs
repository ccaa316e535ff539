//! Contract cases, generators and a model for the stores; never shipped.
