//! Freezes: nothing is written, whoever tries; what was comes back exactly.
