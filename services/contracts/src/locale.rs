//! Languages that the shop itself speaks.

/// BCP 47 tags of the languages that messages are written in; the first is what somebody reads who says nothing.
pub const SPOKEN: [&str; 2] = ["id", "en"];
