//! Filters, sort orders and resource specifiers, as the arguments `filter`,
//! `sort` and `spec` take them.
//!
//! A builder writes the syntax that LaunchDarkly documents and rejects values
//! that the syntax cannot express. Plain strings are accepted too.
//!
//! ```
//! use launchdarkly_api::filter::{FlagFilter, FlagSort, FlagState, Sort};
//!
//! # fn example(client: &launchdarkly_api::Client) {
//! let stale = client
//!     .get_feature_flags()
//!     .project_key("shop")
//!     .filter(FlagFilter::new().state(FlagState::Live).tags(["checkout"]).temporary())
//!     .sort(Sort::descending(FlagSort::CreationDate).then_ascending(FlagSort::Key))
//!     .items();
//! # }
//! ```

mod conditions;
mod contexts;
mod flags;
mod members;
mod resource_specifier;
mod sort;

pub use conditions::InvalidFilter;
pub use contexts::{ContextFilter, ContextSort};
pub use flags::{FlagFilter, FlagSort, FlagState, GuardedRollout, SdkAvailability};
pub use members::{LastSeen, MemberFilter, MemberSort};
pub use resource_specifier::ResourceSpecifier;
pub use sort::{Sort, SortField};
