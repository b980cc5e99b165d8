//! The few places where the two databases differ.

/// Compiles one expression against each concrete connection, for what diesel's enum of backends does not offer
/// (`ON CONFLICT`, many rows at once, `FOR UPDATE`).
macro_rules! on_both {
    ($connection:expr, |$one:ident| $body:expr) => {
        match $connection {
            $crate::store::conn::Conn::Sqlite($one) => $body,
            $crate::store::conn::Conn::Postgres($one) => $body,
        }
    };
}
pub(super) use on_both;

/// Locks one row of a table by id until the transaction ends, so that two acts on it run one after the other. Its id
/// never changes, so rows that refer to it need not wait: two acts that name each other's row do not block each other.
/// SQLite needs no lock of its own: `BEGIN IMMEDIATE` already admits one writer at a time.
macro_rules! lock_row {
    ($connection:expr, $table:ident, $id:expr) => {
        match $connection {
            $crate::store::conn::Conn::Sqlite(one) => $table::table.find($id).select($table::id).first(one),
            $crate::store::conn::Conn::Postgres(one) => {
                $table::table.find($id).select($table::id).for_no_key_update().first(one)
            }
        }
    };
}
pub(super) use lock_row;
