//! @DOC@
