//! Values outside that Backout changes: variables and flags. Each change gets a version in the store of runs before it
//! is made, with what was there, so that any version comes back. Values that may be secret are sealed with age for whom
//! the plan names; where it names nobody, only names and digests are kept.
//!
//! Must not know: steps, ways, what a value is for.

mod apply;
mod bridge;
mod env_file;
pub(crate) mod files;
mod flagd;
mod history;
mod known;
mod place;
mod revert;
mod seal;
mod shared;
mod switch;
mod value;
mod vercel;

pub use apply::{Applied, Preview, apply, preview};
pub use bridge::{Variable, variables};
pub use flagd::{Flag, flags, switched};
pub use history::{Edit, Known, Version, of_mark, versions};
pub(crate) use known::is_there;
pub use place::{Place, of_plan};
pub use revert::{Change, Options, Plan, Side, Until, of_version, plan, revert};
pub use seal::Identity;
pub use shared::SHARED_FLAGS;
pub(crate) use shared::share;
pub use switch::{file_of_flags, redeploy, switch, would_switch};
pub use value::{Current, Wanted};
pub use vercel::{Token, VercelAccess, VercelPlace};
