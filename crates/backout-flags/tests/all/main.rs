//! Flags as their users see them, and side by side with the reference.

mod behaviour;
mod random;
mod reference;
mod speed;
