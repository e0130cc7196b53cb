//! The walk over the visits of a scope, from which every number is made.
