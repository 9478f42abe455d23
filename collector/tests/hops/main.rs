//! The call tree: given these spans, then these hops.
mod across;
mod compare;
mod given;
mod pinned;
mod properties;
mod table;
mod wire;
