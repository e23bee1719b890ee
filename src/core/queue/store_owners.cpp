#include "base/text.hpp"
#include "core/queue/store.hpp"

namespace sealpost::queue {
namespace {

std::vector<std::string> split_lanes(std::string_view words)
{
    std::vector<std::string> lanes;
    for (const auto lane : split(words, ' ')) lanes.emplace_back(lane);
    return lanes;
}

}  // namespace

Result<> Store::begin_life(const Owner& self)
{
    auto insert = connection_.prepare(
        "insert into queue_owner (name, life, lanes, beats) values (?, ?, ?, 1) on conflict (name) "
        "do update set life = excluded.life, lanes = excluded.lanes, beats = queue_owner.beats + 1");
    return insert.bind(1, self.name).bind(2, self.life).bind(3, join(self.lanes, " ")).run();
}

Result<std::optional<std::vector<OtherOwner>>> Store::beat(const std::string& life)
{
    auto update = connection_.prepare("update queue_owner set beats = beats + 1 where name = ? and life = ?");
    SEALPOST_CHECK(update.bind(1, owner_).bind(2, life).run());
    if (connection_.changes() != 1) return std::optional<std::vector<OtherOwner>>();
    auto rows = connection_.prepare("select name, lanes, beats from queue_owner where name <> ?");
    rows.bind(1, owner_);
    std::vector<OtherOwner> others;
    for (;;) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return std::optional(std::move(others));
        others.push_back({rows.column_text(0), split_lanes(rows.column_view(1)), rows.column_int(2)});
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
