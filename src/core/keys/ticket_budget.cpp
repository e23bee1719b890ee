#include "core/keys/ticket_budget.hpp"

#include "core/people/address.hpp"

#include <vector>

namespace sealpost::keys {
namespace {

struct Share {
    std::string name;  // of the row; empty: all tickets
    std::uint64_t most = 0;
};

std::vector<Share> list_shares(const std::string& network, const SlotLimits& limits)
{
    std::vector<Share> shares{{"", limits.max_total_bytes}, {network, limits.max_network_bytes}};
    const std::string wider = people::wider_network_of(network);
    if (!wider.empty()) shares.push_back({wider, limits.max_wider_network_bytes});
    return shares;
}

Result<std::uint64_t> load_taken(db::Connection& connection, const std::string& name)
{
    auto row = connection.prepare("select bytes from key_ticket_sum where name = ?1");
    row.bind(1, name);
    SEALPOST_TRY(const bool found, row.step());
    return found ? static_cast<std::uint64_t>(row.column_int(0)) : 0;
}

Result<> take(db::Connection& connection, std::int64_t slot, const std::string& network, std::uint64_t more,
              const SlotLimits& limits)
{
    const auto shares = list_shares(network, limits);
    for (const auto& share : shares) {
        SEALPOST_TRY(const auto taken, load_taken(connection, share.name));
        if (taken <= share.most && more <= share.most - taken) continue;
        return Error{Fault::denied, "too many envelopes are being handed in at once"};
    }
    for (const auto& share : shares) {
        auto add = connection.prepare(
            "insert into key_ticket_sum (name, bytes) values (?1, ?2)"
            " on conflict (name) do update set bytes = key_ticket_sum.bytes + excluded.bytes");
        SEALPOST_CHECK(add.bind(1, share.name).bind(2, more).run());
    }
    auto note = connection.prepare("update key_slot set charged = charged + ?2 where id = ?1");
    return note.bind(1, slot).bind(2, more).run();
}

struct Charged {
    std::string network;
    std::uint64_t size = 0;
    std::uint64_t charged = 0;
};

Result<std::optional<Charged>> load_charged(db::Connection& connection, std::int64_t slot)
{
    auto row = connection.prepare("select network, size, charged from key_slot where id = ?1");
    row.bind(1, slot);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Charged>();
    return std::optional(Charged{row.column_text(0), static_cast<std::uint64_t>(row.column_int(1)),
                                 static_cast<std::uint64_t>(row.column_int(2))});
}

}  // namespace

Result<> begin_charge(db::Connection& connection, std::int64_t slot, const std::string& network, const SlotLimits& limits)
{
    return take(connection, slot, network, limits.least_charge_bytes, limits);
}

Result<> charge_more(db::Connection& connection, std::int64_t slot, std::uint64_t more, const SlotLimits& limits)
{
    SEALPOST_TRY(const auto known, load_charged(connection, slot));
    if (!known) return Error{Fault::retry_later, "this upload took too long"};
    const auto grown = known->size + more;
    if (grown <= known->charged) return {};
    return take(connection, slot, known->network, grown - known->charged, limits);
}

Result<> end_charge(db::Connection& connection, std::int64_t slot)
{
    SEALPOST_TRY(const auto known, load_charged(connection, slot));
    if (!known || known->charged == 0) return {};
    for (const auto& share : list_shares(known->network, {})) {
        auto give_back = connection.prepare("update key_ticket_sum set bytes = bytes - ?2 where name = ?1");
        SEALPOST_CHECK(give_back.bind(1, share.name).bind(2, known->charged).run());
        SEALPOST_CHECK(connection.prepare("delete from key_ticket_sum where name = ?1 and bytes <= 0").bind(1, share.name).run());
    }
    return {};
}

}  // namespace sealpost::keys
