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
            $crate::store::conn::Conn::Sqlite(_) => Ok($id),
            $crate::store::conn::Conn::Postgres(one) => {
                $table::table.find($id).select($table::id).for_no_key_update().get_result(one)
            }
        }
    };
}
pub(super) use lock_row;

/// The most values for which SQLite is asked one after the other.
pub(super) const ONE_BY_ONE_MAX: usize = 16;

/// Loads the rows in which a column is one of some values, in the order of the values and then of the query:
/// `among!(connection, column, values, |these| table.filter(these))`. PostgreSQL is asked once, with an array. SQLite has
/// no arrays, and every number of values would be another statement to plan; of few values it is asked one by one.
macro_rules! among {
    ($connection:expr, $column:expr, $values:expr, |$these:ident| $query:expr) => {{
        let mut values = $values.to_vec();
        values.sort_unstable();
        match $connection {
            $crate::store::conn::Conn::Sqlite(one) if values.len() <= $crate::store::portable::ONE_BY_ONE_MAX => {
                let mut rows = Vec::new();
                for value in values {
                    let $these = $column.eq(value);
                    rows.append(&mut $query.load(one)?);
                }
                rows
            }
            $crate::store::conn::Conn::Sqlite(one) => {
                let $these = $column.eq_any(values);
                $query.load(one)?
            }
            $crate::store::conn::Conn::Postgres(one) => {
                let $these = $column.eq_any(values);
                $query.load(one)?
            }
        }
    }};
}
pub(super) use among;
