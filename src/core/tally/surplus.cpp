#include "core/tally/surplus.hpp"

#include "sys/db/rows.hpp"

namespace sealpost::tally {
namespace {

Result<std::vector<std::int64_t>> read_numbers(db::Statement rows)
{
    return db::read_rows(rows, [](const db::Statement& row) { return row.column_int(0); });
}

}  // namespace

// What an author has too much of does not count against the others.
Result<std::vector<std::int64_t>> find_surplus(db::Connection& connection, const std::string& table, KeptOctets kept)
{
    auto rows = connection.prepare(
        "with of_authors as (select number, bytes, sum(bytes) over (partition by author order by number desc) as of_author "
        "from " +
        table +
        "), of_all as (select number, sum(bytes) over (order by number desc) as all_bytes from of_authors where of_author <= ?2)"
        " select number from of_authors where of_author > ?2"
        " union all select number from of_all where all_bytes > ?1");
    rows.bind(1, kept.most).bind(2, kept.most_of_author);
    return read_numbers(std::move(rows));
}

Result<std::vector<std::int64_t>> find_surplus_of(db::Connection& connection, const std::string& table, KeptOctets kept,
                                                  std::string_view author)
{
    auto sums = connection.prepare(
        "select coalesce(sum(bytes), 0), coalesce(sum(case when author = ?1 then bytes end), 0) from " + table);
    SEALPOST_CHECK(sums.bind(1, author).step());
    if (sums.column_int(0) <= kept.most && sums.column_int(1) <= kept.most_of_author) return std::vector<std::int64_t>();
    return find_surplus(connection, table, kept);
}

}  // namespace sealpost::tally
