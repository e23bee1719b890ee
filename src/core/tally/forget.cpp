#include "core/tally/forget.hpp"

namespace sealpost::tally {
namespace {

constexpr int rows_per_commit = 1000;

struct Forgetting {
    NumberedTable table;
    std::vector<std::int64_t> numbers;
};

// How many rows are gone: at most so many.
Result<int> forget_children(db::Connection& connection, const NumberedTable::Child& child, std::int64_t number, int most)
{
    auto forget = connection.prepare("delete from " + child.name + " where " + child.parent_column + " = ?1 and (" +
                                     child.key_columns + ") in (select " + child.key_columns + " from " + child.name + " where " +
                                     child.parent_column + " = ?1 limit ?2)");
    SEALPOST_CHECK(forget.bind(1, number).bind(2, most).run());
    return connection.changes();
}

// From this place among the numbers; answers the place that was reached.
Result<std::size_t> forget_piece(db::Connection& connection, const Forgetting& what, std::size_t place)
{
    int left = rows_per_commit;
    for (; place < what.numbers.size() && left > 0; ++place) {
        const auto number = what.numbers[place];
        for (const auto& child : what.table.children) {
            SEALPOST_TRY(const int gone, forget_children(connection, child, number, left));
            left -= gone;
            if (left <= 0) return place;  // there may be more of it
        }
        auto forget = connection.prepare("delete from " + what.table.name + " where number = ?1");
        SEALPOST_CHECK(forget.bind(1, number).run());
        --left;
    }
    return place;
}

}  // namespace

Task<Result<>> forget_in_pieces(std::shared_ptr<db::Database> database, NumberedTable table, std::vector<std::int64_t> numbers)
{
    auto what = std::make_shared<const Forgetting>(Forgetting{std::move(table), std::move(numbers)});
    for (std::size_t place = 0; place < what->numbers.size();) {
        auto work = [what, place](db::Connection& connection) { return forget_piece(connection, *what, place); };
        auto reached = co_await database->write(std::move(work));
        if (reached.has_error()) co_return reached.error();
        place = *reached;
    }
    co_return Result<>();
}

}  // namespace sealpost::tally
