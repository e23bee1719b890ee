#include "core/queue/choice.hpp"

#include "base/text.hpp"
#include "core/queue/retry.hpp"
#include "sys/db/rows.hpp"

namespace sealpost::queue {
namespace {

// Without case, as domains compare. Counted from the front, since stores do not agree on what is counted from the end.
std::string ends_with(const std::string& column, std::string_view value)
{
    const std::string text = "lower(" + column + ")";
    return "substr(" + text + ", length(" + text + ") - length(" + std::string(value) + ") + 1) = " + std::string(value);
}

std::string limit_state(Touches touches)
{
    switch (touches) {
        case Touches::waiting: return " and is_held = 0";
        case Touches::held: return " and is_held = 1";
        case Touches::both: break;
    }
    return "";
}

Touches narrow(const Choice& choice, Touches touches) { return choice.held_only ? Touches::held : touches; }

// Parameters: 1 sender, 2 domain.
std::string describe(const Choice& choice, Touches touches)
{
    const std::string sender = SenderChoice(choice.sender).condition("?1");
    std::string sql = "exists (select 1 from queue_recipient where message = id" + limit_state(narrow(choice, touches));
    if (!choice.domain.empty()) sql += " and " + ends_with("address", "?2");
    return sql + ")" + (sender.empty() ? "" : " and " + sender) + limit_age(choice.until);
}

void bind(db::Statement& statement, const Choice& choice)
{
    SenderChoice(choice.sender).bind(statement, 1);
    if (!choice.domain.empty()) statement.bind(2, "@" + ascii_lower(choice.domain));
}

}  // namespace

std::string limit_age(const std::optional<WallTime>& until)
{
    return until ? " and accepted_at < " + std::to_string(until->time_since_epoch().count()) : "";
}

SenderChoice::SenderChoice(std::string_view named)
{
    if (named.empty()) return;
    const bool has_brackets = named.front() == '<' && named.back() == '>';
    value_ = ascii_lower(has_brackets ? named.substr(1, named.size() - 2) : named);
    kind_ = value_.starts_with('@') ? Kind::domain : Kind::address;
}

std::string SenderChoice::condition(std::string_view value) const
{
    switch (kind_) {
        case Kind::domain: return ends_with("sender", value);
        case Kind::address: return "lower(sender) = " + std::string(value);
        case Kind::all: break;
    }
    return "";
}

void SenderChoice::bind(db::Statement& statement, int index) const
{
    if (kind_ != Kind::all) statement.bind(index, value_);
}

Result<std::vector<MessageId>> find_chosen(db::Connection& connection, const Choice& choice, Touches touches, MessageId after,
                                           MessageId last, int most)
{
    auto rows = connection.prepare("select id from queue_message where id > ?3 and id <= ?4 and " + describe(choice, touches) +
                                   " order by id limit ?5");
    bind(rows, choice);
    rows.bind(3, after.value()).bind(4, last.value()).bind(5, most);
    return db::read_rows(rows, [](const db::Statement& row) { return MessageId(row.column_int(0)); });
}

Result<int> count_chosen(db::Connection& connection, const Choice& choice, Touches touches)
{
    auto row = connection.prepare("select count(*) from queue_message where " + describe(choice, touches));
    bind(row, choice);
    SEALPOST_CHECK(row.step());
    return static_cast<int>(row.column_int(0));
}

bool is_chosen(const Choice& choice, Touches touches, const RecipientRow& recipient)
{
    const Touches narrowed = narrow(choice, touches);
    if (narrowed != Touches::both && recipient.is_held != (narrowed == Touches::held)) return false;
    return choice.domain.empty() || domain_of(recipient.address) == ascii_lower(choice.domain);
}

}  // namespace sealpost::queue
