//! Flag definitions in flagd's format, compiled once and evaluated as the reference does.
//!
//! Must not know: files, clocks, HTTP.
