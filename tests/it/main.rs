//! The one integration binary. Every test that touches records runs on both databases (`both!`).

#[cfg(test)]
#[macro_use] // `both!`, for every module that follows
mod databases;
#[cfg(test)]
mod absences;
#[cfg(test)]
mod access;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod api_keys;
#[cfg(test)]
mod app;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod bearers;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod credit;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod delegations;
#[cfg(test)]
mod duty;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod law;
#[cfg(test)]
mod leave;
#[cfg(test)]
mod main_way;
#[cfg(test)]
mod manners;
#[cfg(test)]
mod model;
#[cfg(test)]
#[expect(dead_code, reason = "the load command names people, the tests count them")]
mod multitude;
#[cfg(test)]
mod officer_facts;
#[cfg(test)]
mod officers;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod operation;
#[cfg(test)]
mod oversight;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod program;
#[cfg(test)]
mod quotas;
#[cfg(test)]
mod races;
#[cfg(test)]
mod records;
#[cfg(test)]
mod reimports;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod scratch;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod together;
#[cfg(test)]
mod units;
#[cfg(test)]
mod watch;
