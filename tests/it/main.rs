//! The one integration binary. Every test that touches records runs on both databases (`databases::both!`).

#[cfg(test)]
mod databases;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod scratch;
