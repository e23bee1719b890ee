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

// "?, ?, ?", for the lanes of an owner.
std::string places_of(const std::vector<std::string>& lanes)
{
    std::string places;
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) places += lane == 0 ? "?" : ", ?";
    return places;
}

int bind_lanes(db::Statement& statement, int place, const std::vector<std::string>& lanes)
{
    for (const auto& lane : lanes) statement.bind(place++, lane);
    return place;
}

}  // namespace

Result<> Store::begin_life(const Owner& self)
{
    auto insert = connection_.prepare(
        "insert into queue_owner (name, life, lanes, beats) values (?, ?, ?, 1) on conflict (name) "
        "do update set life = excluded.life, lanes = excluded.lanes, beats = queue_owner.beats + 1");
    return insert.bind(1, self.name).bind(2, self.life).bind(3, join(self.lanes, " ")).run();
}

Result<std::vector<OtherOwner>> Store::list_owners()
{
    std::vector<OtherOwner> owners;
    auto rows = connection_.prepare("select name, lanes, beats from queue_owner");
    for (;;) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return owners;
        owners.push_back({rows.column_text(0), split_lanes(rows.column_view(1)), rows.column_int(2)});
    }
}

Result<Beat> Store::beat(const Owner& self)
{
    Beat beat;
    auto update = connection_.prepare("update queue_owner set beats = beats + 1 where name = ? and life = ?");
    SEALPOST_CHECK(update.bind(1, self.name).bind(2, self.life).run());
    const bool is_noted = connection_.changes() == 1;
    SEALPOST_TRY(auto owners, list_owners());
    bool has_name = false;
    for (auto& owner : owners) {
        if (owner.name != self.name) {
            beat.others.push_back(std::move(owner));
            continue;
        }
        has_name = true;
        beat.own_beats = owner.beats;
    }
    beat.is_ours = is_noted || !has_name;
    if (!is_noted && !has_name) SEALPOST_CHECK(begin_life(self));  // it was silent for so long that it was forgotten
    if (!beat.is_ours) SEALPOST_CHECK(nudge());                    // the other one finds what this one accepted
    return beat;
}

Result<int> Store::take_over(const OtherOwner& other, const Owner& self, int most)
{
    if (!other.name.empty()) {
        auto row = connection_.prepare("select 1 from queue_owner where name = ? and beats = ?");
        SEALPOST_TRY(const bool is_silent, row.bind(1, other.name).bind(2, other.beats).step());
        if (!is_silent) return 0;
        SEALPOST_CHECK(Store(connection_, other.name).erase_unused_content());
    }
    auto update = connection_.prepare(
        "update queue_message set owner = ? where id in "
        "(select id from queue_message where owner = ? and due_at is not null and lane in (" +
        places_of(self.lanes) + ") limit ?)");
    update.bind(1, self.name).bind(2, other.name);
    const int place = bind_lanes(update, 3, self.lanes);
    SEALPOST_CHECK(update.bind(place, most).run());
    return connection_.changes();
}

Result<int> Store::forget_owner(const OtherOwner& other, int most)
{
    auto row = connection_.prepare("select 1 from queue_owner where name = ? and beats = ?");
    SEALPOST_TRY(const bool is_silent, row.bind(1, other.name).bind(2, other.beats).step());
    if (!is_silent) return 0;
    auto leave = connection_.prepare(
        "update queue_message set owner = '' where id in "
        "(select id from queue_message where owner = ? and due_at is not null limit ?)");
    SEALPOST_CHECK(leave.bind(1, other.name).bind(2, most).run());
    const int left = connection_.changes();
    if (left == most) return left;
    auto forget = connection_.prepare("delete from queue_owner where name = ?");
    SEALPOST_CHECK(forget.bind(1, other.name).run());
    return left;
}

Result<int> Store::leave_lanes(const Owner& self, int most)
{
    auto leave = connection_.prepare(
        "update queue_message set owner = '' where id in "
        "(select id from queue_message where owner = ? and due_at is not null and lane not in (" +
        places_of(self.lanes) + ") limit ?)");
    leave.bind(1, self.name);
    const int place = bind_lanes(leave, 2, self.lanes);
    SEALPOST_CHECK(leave.bind(place, most).run());
    return connection_.changes();
}

Result<> Store::leave_if_forgotten(MessageId message)
{
    auto leave = connection_.prepare(
        "update queue_message set owner = '' where id = ? and owner <> '' and owner not in (select name from queue_owner)");
    return leave.bind(1, message.value()).run();
}

}  // namespace sealpost::queue
