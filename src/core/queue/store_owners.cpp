#include "core/queue/store.hpp"

namespace sealpost::queue {

Result<> Store::begin_life(const std::string& life)
{
    auto insert = connection_.prepare(
        "insert into queue_owner (name, life, beats) values (?, ?, 1) on conflict (name) "
        "do update set life = excluded.life, beats = queue_owner.beats + 1");
    return insert.bind(1, owner_).bind(2, life).run();
}

Result<std::optional<std::vector<OtherOwner>>> Store::beat(const std::string& life)
{
    auto update = connection_.prepare("update queue_owner set beats = beats + 1 where name = ? and life = ?");
    SEALPOST_CHECK(update.bind(1, owner_).bind(2, life).run());
    if (connection_.changes() != 1) return std::optional<std::vector<OtherOwner>>();
    auto rows = connection_.prepare("select name, beats from queue_owner where name <> ?");
    rows.bind(1, owner_);
    std::vector<OtherOwner> others;
    for (;;) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return std::optional(std::move(others));
        others.push_back({rows.column_text(0), rows.column_int(1)});
    }
}

Result<int> Store::take_over(const OtherOwner& other, const std::vector<std::string>& lanes, int most)
{
    if (!other.name.empty()) {
        auto row = connection_.prepare("select 1 from queue_owner where name = ? and beats = ?");
        SEALPOST_TRY(const bool is_silent, row.bind(1, other.name).bind(2, other.beats).step());
        if (!is_silent) return 0;
    }
    Store theirs(connection_, other.name);
    SEALPOST_CHECK(theirs.erase_unused_content());
    std::string among;
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) among += lane == 0 ? "?" : ", ?";
    auto update = connection_.prepare(
        "update queue_message set owner = ? where id in "
        "(select id from queue_message where owner = ? and due_at is not null and lane in (" +
        among + ") limit ?)");
    update.bind(1, owner_).bind(2, other.name);
    int place = 3;
    for (const auto& lane : lanes) update.bind(place++, lane);
    SEALPOST_CHECK(update.bind(place, most).run());
    return connection_.changes();
}

}  // namespace sealpost::queue
