//! The call tree: given these spans, then these hops.
mod across;
mod bounded;
mod clocks;
mod columns;
mod compare;
mod compare_groups;
mod gateways;
mod given;
mod groups;
mod hair;
mod pinned;
mod properties;
mod table;
mod whole;
mod why;
mod wire;
