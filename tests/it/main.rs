//! The one integration binary. Every test that touches records runs on both databases (`both!`).

#[cfg(test)]
#[macro_use] // `both!`, for every module that follows
mod databases;
#[cfg(test)]
mod app;
#[cfg(test)]
mod leave;
#[cfg(test)]
mod main_way;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod scratch;
