//! The server by its routes, and over real connections: what it answers, and what it refuses.

mod attacks;
mod clients;
mod flags;
mod hooks;
mod pages;
mod world;
